#include "file.hpp"

#include <algorithm>
#include <cerrno>
#include <core/exit.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace config {
namespace {

// nlohmann's events carry no position, so it reads through an iterator that counts.
class counting_iterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    counting_iterator(const char* at, std::size_t* consumed) : at_{at}, consumed_{consumed} {}

    reference operator*() const { return *at_; }
    counting_iterator& operator++() {
        ++at_;
        ++*consumed_;
        return *this;
    }
    counting_iterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const counting_iterator& other) const { return at_ == other.at_; }

private:
    const char* at_;
    std::size_t* consumed_;
};

// Collects keys with their places. Every event returns true: go on.
class collector {
public:
    collector(std::string_view text, std::string name, const std::size_t& consumed)
        : text_{text}, name_{std::move(name)}, consumed_{consumed} {}

    bool null() { return odd("null"); }
    bool boolean(bool truth) { return value(truth ? "true" : "false"); }
    bool number_integer(std::int64_t number) { return value(std::to_string(number)); }
    bool number_unsigned(std::uint64_t number) { return value(std::to_string(number)); }
    bool number_float(double, const std::string& written) { return value(written); }
    bool string(std::string& text) { return value(text); }
    bool binary(nlohmann::json::binary_t&) { return odd("binary"); }

    bool start_object(std::size_t) {
        if (list_depth_ > 0) return nest_in_list();
        if (depth_ == 2) odd("an object");  // section.key: {…}
        ++depth_;
        seen_.emplace_back();
        return true;
    }
    bool end_object() {
        if (list_depth_ > 0) return --list_depth_, true;
        --depth_;
        seen_.pop_back();
        if (!path_.empty()) path_.pop_back();
        return true;
    }
    bool start_array(std::size_t) {
        if (depth_ == 0) return problem_at(0, "the file must be one object: {…}");
        if (list_depth_++ > 0)
            mark("a list of lists");
        else
            begin("");
        return true;
    }
    bool end_array() {
        if (depth_ == 0) return true;
        if (--list_depth_ == 0) path_.pop_back();
        return true;
    }
    bool key(std::string& name) {
        if (list_depth_ > 0) return true;
        place_ = place_of(key_offset());
        if (std::ranges::find(seen_.back(), name) != seen_.back().end()) {
            content.problems.push_back(place_ + ": " + name + " is given twice");
        }
        seen_.back().push_back(name);
        path_.push_back(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) {
        const bool at_end = position > text_.size() || (position == text_.size() && token.empty());
        problem_at(position == 0 ? 0 : position - 1,
                   at_end ? "not JSON: the file ends too early"
                          : "not JSON near " + nlohmann::json(token).dump(-1, ' ', true, replace));
        return false;
    }

    file_content content;

private:
    static constexpr auto replace = nlohmann::json::error_handler_t::replace;

    // Where the key begins whose closing quote was read last.
    [[nodiscard]] std::size_t key_offset() const {
        std::size_t at = consumed_ - 1;
        do --at;
        while (at > 0 && (text_[at] != '"' || text_[at - 1] == '\\'));
        return at;
    }
    [[nodiscard]] std::string place_of(std::size_t offset) const {
        const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
        const auto line = 1 + std::ranges::count(before, '\n');
        const auto newline = before.rfind('\n');
        const auto column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
        return name_ + ":" + std::to_string(line) + ":" + std::to_string(column);
    }
    bool problem_at(std::size_t offset, const std::string& what) {
        content.problems.push_back(place_of(offset) + ": " + what);
        return true;
    }
    void begin(std::string text) {
        std::string key;
        for (const std::string& part : path_) key += (key.empty() ? "" : ".") + part;
        content.entries.push_back({.key = std::move(key), .text = std::move(text), .place = place_, .problem = {}});
    }
    void mark(const char* what) { content.entries.back().problem = what; }
    bool nest_in_list() {
        ++list_depth_;
        mark("a list of objects");
        return true;
    }
    bool value(const std::string& text) {
        if (depth_ == 0) return problem_at(0, "the file must be one object: {…}");
        if (list_depth_ > 0) {
            std::string& joined = content.entries.back().text;
            joined += (joined.empty() ? "" : ",") + text;
            return true;
        }
        begin(text);
        path_.pop_back();
        return true;
    }
    bool odd(const char* what) {
        if (depth_ == 0) return problem_at(0, "the file must be one object: {…}");
        const bool closes = std::string_view{what} != "an object";
        if (list_depth_ > 0) return mark(what), true;
        begin("");
        mark(what);
        if (closes) path_.pop_back();
        return true;
    }

    std::string_view text_;
    std::string name_;
    const std::size_t& consumed_;
    std::vector<std::string> path_;
    std::vector<std::vector<std::string>> seen_;
    std::string place_;
    int depth_ = 0;       // of objects
    int list_depth_ = 0;  // of lists, and of whatever is inside one
};

}  // namespace

file_content parse_file(std::string_view text, const std::string& name) {
    std::size_t consumed = 0;
    collector events{text, name, consumed};
    nlohmann::json::sax_parse(counting_iterator{text.data(), &consumed},
                              counting_iterator{text.data() + text.size(), &consumed}, &events,
                              nlohmann::json::input_format_t::json, true, true);
    return std::move(events.content);
}

std::string read_text(const std::filesystem::path& path) {
    std::error_code unknown;
    std::ifstream file{path, std::ios::binary};
    if (!file || std::filesystem::is_directory(path, unknown)) {
        const char* reason = std::filesystem::is_directory(path, unknown) ? "it is a directory" : std::strerror(errno);
        throw core::fatal_error{core::exit_code::configuration, path.string() + ": can't be read: " + reason};
    }
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace config
