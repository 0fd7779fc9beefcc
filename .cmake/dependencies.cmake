# Libraries, all of them packages of Debian 12.

find_package(Threads REQUIRED)
if(BUSBAR_TESTS OR BUSBAR_UNITY)
    # Debian's own: another one that is first in PATH lacks Debian's modules.
    find_program(SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
endif()
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(GUMBO REQUIRED IMPORTED_TARGET gumbo)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(RABBITMQ REQUIRED IMPORTED_TARGET librabbitmq)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
find_package(CLI11 REQUIRED)
find_package(mimalloc REQUIRED)
find_path(MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
# Static, so that the linker can wrap its mmap: see modules/registration/src/password_memory.cpp.
find_library(SODIUM_STATIC_LIBRARY libsodium.a REQUIRED)
find_path(SODIUM_INCLUDE_DIR sodium.h REQUIRED)

# Asio and Beast are compiled once, here, and not in every file that uses them.
add_library(busbar_asio STATIC ${CMAKE_SOURCE_DIR}/.cmake/asio.cpp)
target_compile_definitions(busbar_asio PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_BEAST_USE_STD_STRING_VIEW BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(busbar_asio PUBLIC Boost::headers Threads::Threads PRIVATE PkgConfig::OPENSSL)

add_library(busbar_mustache INTERFACE)
target_include_directories(busbar_mustache SYSTEM INTERFACE ${MUSTACHE_INCLUDE_DIR})
add_library(busbar_sodium INTERFACE)
target_include_directories(busbar_sodium SYSTEM INTERFACE ${SODIUM_INCLUDE_DIR})
target_link_libraries(busbar_sodium INTERFACE ${SODIUM_STATIC_LIBRARY})

# One precompiled header for the whole program: Asio's coroutines and the parts of the library that every file uses.
add_library(busbar_pch OBJECT ${CMAKE_SOURCE_DIR}/.cmake/precompiled.cpp)
target_precompile_headers(busbar_pch PRIVATE ${CMAKE_SOURCE_DIR}/.cmake/precompiled.hpp)
target_link_libraries(busbar_pch PRIVATE busbar_asio busbar_flags nlohmann_json::nlohmann_json spdlog::spdlog)

# That of the tests, which has GoogleTest and the harness besides.
if(BUSBAR_TESTS)
    find_package(GTest REQUIRED)
    add_library(busbar_test_pch OBJECT ${CMAKE_SOURCE_DIR}/.cmake/precompiled.cpp)
    target_precompile_headers(busbar_test_pch PRIVATE ${CMAKE_SOURCE_DIR}/.cmake/precompiled_tests.hpp)
    target_compile_options(busbar_test_pch PRIVATE -O0)
    target_include_directories(busbar_test_pch PRIVATE ${CMAKE_SOURCE_DIR}/tests/harness/include)
    target_link_libraries(busbar_test_pch PRIVATE
        core storage bus busbar_asio busbar_flags GTest::gtest nlohmann_json::nlohmann_json spdlog::spdlog)
endif()
