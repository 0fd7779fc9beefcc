#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz.hpp"

// replay FOLDER: gives a fuzzer every file of the folder.
int main(int argument_count, char** arguments) try {
    if (argument_count != 2) {
        std::fputs("one folder of inputs\n", stderr);
        return EXIT_FAILURE;
    }
    std::size_t taken = 0;
    for (const auto& input : std::filesystem::directory_iterator{arguments[1]}) {
        std::ifstream file{input.path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        fuzz::claim(!file.bad(), "the inputs can be read");
        std::fprintf(stderr, "%s\n", input.path().c_str());
        fuzz_one(bytes);
        ++taken;
    }
    fuzz::claim(taken > 0, "there are inputs");
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
}
