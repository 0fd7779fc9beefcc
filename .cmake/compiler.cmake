# Language, warnings and hardening for every target.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    message(FATAL_ERROR
        "Busbar cannot be built with GCC ${CMAKE_CXX_COMPILER_VERSION}: GCC before 13 miscompiles coroutines "
        "(temporaries in a co_await expression are destroyed twice). Use Clang 19: "
        "apt install clang-19, then cmake --preset release.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# The same for libraries and programs (CMake's own switch is not), so that all of them share one precompiled header.
add_compile_options(-fPIE)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(busbar_flags INTERFACE)
target_compile_options(busbar_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Werror)

set(BUSBAR_SANITIZE "" CACHE STRING "address, thread or empty")
if(BUSBAR_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
elseif(BUSBAR_SANITIZE STREQUAL "thread")
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
endif()

# A million places to relocate are a quarter of what a test with a sanitizer takes to start.
if(BUSBAR_SANITIZE)
    add_link_options(-no-pie)
else()
    add_link_options(-pie)
endif()

if(BUSBAR_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
endif()

# An upgrade of a system header is older than the precompiled header that used the one before, so times would refuse it for ever.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options("SHELL:$<$<COMPILE_LANGUAGE:CXX>:-Xclang -fno-pch-timestamp>")
endif()

add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT BUSBAR_SANITIZE)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fcf-protection)
    add_link_options(-Wl,-z,relro -Wl,-z,now)
else()
    add_compile_definitions(_GLIBCXX_ASSERTIONS BUSBAR_TEST_POINTS)
endif()
add_link_options(-fuse-ld=lld)
