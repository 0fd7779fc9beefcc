# How a part of Busbar is declared. Folder = namespace = target = include prefix:
#   include/<name>/   the public headers, all that another part may include
#   src/              private
#   tests/            GoogleTest files, linked with the part's private headers in reach

# busbar_component(<name> [INTERFACE_ONLY] [LINK public libraries…] [PRIVATE_LINK libraries…])
function(busbar_component name)
    cmake_parse_arguments(arg "" "" "LINK;PRIVATE_LINK" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/*.cpp)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC include PRIVATE src)
    target_link_libraries(${name} PUBLIC busbar_asio ${arg_LINK} PRIVATE busbar_flags ${arg_PRIVATE_LINK})
    busbar_use_precompiled_header(${name})
    busbar_check_headers(${name})
    busbar_tests(${name})
endfunction()

# busbar_module(<name> [LINK …] [PRIVATE_LINK …]): a module of the application. <name>_contract carries the public headers alone,
# so another module that links it sees this one's messages and nothing of its code.
function(busbar_module name)
    cmake_parse_arguments(arg "" "" "LINK;PRIVATE_LINK;CONTRACTS" ${ARGN})
    add_library(${name}_contract INTERFACE)
    target_include_directories(${name}_contract INTERFACE include)
    target_link_libraries(${name}_contract INTERFACE core storage bus)

    file(GLOB sources CONFIGURE_DEPENDS src/*.cpp)
    busbar_embed(${name}_migrations_source ${name} migrations ${CMAKE_CURRENT_SOURCE_DIR}/migrations "*.sql")
    set(embedded ${${name}_migrations_source})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/templates)
        busbar_embed(${name}_templates_source ${name} templates ${CMAKE_CURRENT_SOURCE_DIR}/templates "*")
        list(APPEND embedded ${${name}_templates_source})
    endif()
    add_library(${name} STATIC ${sources} ${embedded})
    target_include_directories(${name} PRIVATE src)
    list(TRANSFORM arg_CONTRACTS APPEND _contract)
    target_link_libraries(${name} PUBLIC ${name}_contract ${arg_CONTRACTS} ${arg_LINK} PRIVATE busbar_flags ${arg_PRIVATE_LINK})
    busbar_use_precompiled_header(${name})
    busbar_check_headers(${name})
    busbar_tests(${name})
endfunction()

# busbar_use_precompiled_header(<name> [TESTS]): that of the program, or that of tests, which has GoogleTest and the harness too.
# Tests are compiled without optimisation, which takes half the time; what they test is compiled as the preset says.
function(busbar_use_precompiled_header name)
    target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json spdlog::spdlog)
    if(ARGN STREQUAL "TESTS")
        target_precompile_headers(${name} REUSE_FROM busbar_test_pch)
        target_compile_options(${name} PRIVATE -O0)
    else()
        target_precompile_headers(${name} REUSE_FROM busbar_pch)
    endif()
    busbar_unite(${name})
endfunction()

# busbar_unite(<name>): with BUSBAR_UNITY, up to two dozen of its sources are compiled as one, those that can be; see source_groups.py.
# In half the time, but a change of one file compiles the group: for builds that are made as a whole. The release is not one of
# them, so each source of the program is still seen alone.
function(busbar_unite name)
    if(NOT BUSBAR_UNITY)
        return()
    endif()
    get_target_property(sources ${name} SOURCES)
    list(FILTER sources INCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/.*\\.cpp$")
    execute_process(COMMAND ${SYSTEM_PYTHON} -B ${CMAKE_SOURCE_DIR}/tests/source_groups.py 24 ${sources}
                    OUTPUT_VARIABLE groups COMMAND_ERROR_IS_FATAL ANY)
    string(STRIP "${groups}" groups)
    string(REPLACE "\n" ";" groups "${groups}")
    foreach(source group IN ZIP_LISTS sources groups)
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endforeach()
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# Every public header compiles alone: one translation unit a header, without the precompiled header.
function(busbar_check_headers name)
    if(NOT BUSBAR_TESTS)
        return()
    endif()
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/*.hpp)
    set(units)
    foreach(header ${headers})
        file(RELATIVE_PATH relative ${CMAKE_CURRENT_SOURCE_DIR}/include ${header})
        string(REPLACE "/" "_" unit ${relative})
        set(unit ${CMAKE_CURRENT_BINARY_DIR}/headers/${unit}.cpp)
        file(CONFIGURE OUTPUT ${unit} CONTENT "#include <${relative}>\n#include <${relative}>  // twice: it guards itself\n")
        list(APPEND units ${unit})
    endforeach()
    if(units)
        add_library(${name}_headers OBJECT ${units})
        target_link_libraries(${name}_headers PRIVATE ${name} busbar_flags nlohmann_json::nlohmann_json)
    endif()
endfunction()

# busbar_tests(<name>): tests/*.cpp become <name>_tests, each TEST a test of CTest with the label "unit". They open no socket; the few
# that must are in tests/with_sockets/ and become <name>_socket_tests.
function(busbar_tests name)
    busbar_test_program(${name} ${name}_tests tests)
    busbar_test_program(${name} ${name}_socket_tests tests/with_sockets)
endfunction()

function(busbar_test_program name program folder)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(NOT BUSBAR_TESTS OR NOT sources)
        return()
    endif()
    include(GoogleTest)
    add_executable(${program} ${sources})
    target_include_directories(${program} PRIVATE src tests ${folder})
    # Where the tests find files to compare with.
    target_compile_definitions(${program} PRIVATE BUSBAR_PART_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_libraries(${program} PRIVATE ${name} harness busbar_flags)
    busbar_use_precompiled_header(${program} TESTS)
    gtest_discover_tests(${program} PROPERTIES LABELS unit TIMEOUT 60 DISCOVERY_TIMEOUT 60)
endfunction()

# busbar_embed(<out> <namespace> <variable> <folder> <pattern>): the files of a folder as
# std::span<const core::embedded_file> <namespace>::<variable>(), in name order.
function(busbar_embed out namespace variable folder pattern)
    file(GLOB files CONFIGURE_DEPENDS ${folder}/${pattern})
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/embedded_${variable}.cpp)
    add_custom_command(
        OUTPUT ${generated}
        COMMAND ${CMAKE_COMMAND} -DOUT=${generated} -DNAMESPACE=${namespace} -DVARIABLE=${variable} "-DFILES=${files}"
                -P ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake
        VERBATIM)
    set(${out} ${generated} PARENT_SCOPE)
endfunction()
