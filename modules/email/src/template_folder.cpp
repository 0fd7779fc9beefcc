#include <algorithm>
#include <cerrno>
#include <core/exit.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "mail_kinds.hpp"
#include "templates.hpp"

namespace email {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 64UL * 1024UL;

// Links are followed: that is how some put files into containers.
std::string read_file(const fs::path& path) {
    std::error_code trouble;
    const auto status = fs::status(path, trouble);
    if (!fs::exists(status))
        throw std::invalid_argument{fs::is_symlink(fs::symlink_status(path, trouble)) ? "the link leads nowhere"
                                                                                      : trouble.message()};
    if (!fs::is_regular_file(status)) throw std::invalid_argument{"it is not a file"};
    if (fs::file_size(path, trouble) > largest_file) throw std::invalid_argument{"the file is larger than 64 KiB"};
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::invalid_argument{std::generic_category().message(errno)};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) throw std::invalid_argument{"it cannot be read"};
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
    return text;
}

std::string names_of_mails() {
    std::string names;
    for (const auto& mail : mail_kinds) names.append(names.empty() ? "" : ", ").append(mail.name);
    return names;
}

// Nothing when all is well.
std::string take(const fs::path& path, template_files& files) {
    const auto name = path.filename().string();
    if (name.starts_with('.')) return {};
    const auto known = files.find(name);
    if (known == files.end())
        return name +
               ": no mail has such a file. They are layout.html, and of each of these mails NAME.subject.txt, "
               "NAME.reason.txt, NAME.txt and NAME.html: " +
               names_of_mails() + '\n';
    try {
        known->second = read_file(path);
        return {};
    } catch (const std::invalid_argument& reason) {
        return name + ": " + reason.what() + '\n';
    }
}

}  // namespace

template_files read_templates(const std::string& folder) {
    template_files files;
    for (const auto& file : templates()) files.emplace(file.name, file.content);
    if (folder.empty()) return files;
    std::error_code trouble;
    std::vector<fs::path> paths;
    for (auto entry = fs::directory_iterator{folder, trouble}; !trouble && entry != fs::directory_iterator{};
         entry.increment(trouble))
        paths.push_back(entry->path());
    if (trouble) throw std::invalid_argument{"the folder cannot be read: " + trouble.message()};
    std::ranges::sort(paths);
    std::string problems;
    for (const auto& path : paths) problems += take(path, files);
    if (!problems.empty()) throw std::invalid_argument{problems.substr(0, problems.size() - 1)};
    return files;
}

template_set load_templates(const std::string& folder) {
    try {
        return template_set{read_templates(folder)};
    } catch (const std::invalid_argument& problems) {
        std::string text = folder.empty() ? "the mail templates of this program" : "email.templates_dir " + folder;
        for (std::string_view left{problems.what()}; !left.empty();) {
            const auto end = std::min(left.find('\n'), left.size());
            text.append("\n  ").append(left.substr(0, end));
            left.remove_prefix(std::min(end + 1, left.size()));
        }
        throw core::fatal_error{core::exit_code::configuration, text};
    }
}

}  // namespace email
