#include <cstdlib>
#include <fstream>
#include <harness/message_tests.hpp>
#include <iterator>
#include <regex>

namespace harness {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

std::vector<declared_message> declared_messages(const std::filesystem::path& part) {
    static const std::regex declaration{
        R"re(auto message =\s*bus::(?:event|signal|request<[^;]*>)\("([^"]+)",\s*(\d+)[,)])re"};
    std::vector<declared_message> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{part / "include"}) {
        if (entry.path().extension() != ".hpp") continue;
        const auto text = text_of(entry.path());
        for (std::sregex_iterator match{text.begin(), text.end(), declaration}, end; match != end; ++match)
            found.push_back({(*match)[1], std::stoll((*match)[2])});
    }
    return found;
}

void expect_wire_format(const std::filesystem::path& part, const nlohmann::ordered_json& format) {
    const auto file = part / "tests" / "wire_format.json";
    const auto text = format.dump(4) + "\n";
    if (std::getenv("BUSBAR_UPDATE_WIRE_FORMAT") != nullptr) std::ofstream{file, std::ios::binary} << text;
    EXPECT_EQ(text_of(file), text)
        << "The wire format has changed. Other processes and stored events still have the old one: raise the version "
           "of "
           "the message, or, when nothing has been delivered with it yet, write the file with "
           "BUSBAR_UPDATE_WIRE_FORMAT=1.";
}

}  // namespace harness
