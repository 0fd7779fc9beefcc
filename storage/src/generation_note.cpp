#include "generation_note.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

namespace storage {

std::optional<generation_note> read_note(const std::filesystem::path& path) {
    std::ifstream in{path};
    std::string generation_word;
    std::string epoch_word;
    generation_note note;
    in >> generation_word >> note.generation >> epoch_word >> note.epoch;
    if (!in || generation_word != "generation" || epoch_word != "epoch") return std::nullopt;
    return note;
}

void write_note(const std::filesystem::path& path, const generation_note& note) {
    const std::filesystem::path aside = path.string() + ".new";
    std::ofstream out{aside, std::ios::trunc};
    out << "generation " << note.generation << " epoch " << note.epoch << '\n';
    out.close();
    if (!out) throw std::system_error{errno, std::generic_category(), "writing " + aside.string()};
    std::filesystem::rename(aside, path);
}

}  // namespace storage
