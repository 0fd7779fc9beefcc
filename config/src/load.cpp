#include <algorithm>
#include <config/load.hpp>
#include <config/table.hpp>
#include <core/exit.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "file.hpp"
#include "json.hpp"
#include "suggest.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_suffix = "_file";

struct given {
    std::string text;
    std::string place;
};

const setting* row_of(std::string_view key) {
    const auto found = std::ranges::find(table(), key, &setting::key);
    return found == table().end() ? nullptr : &*found;
}

// The secret that `key` names a file for: email.smtp_url for email.smtp_url_file.
const setting* row_of_secret_file(std::string_view key) {
    if (!key.ends_with(file_suffix)) return nullptr;
    const setting* row = row_of(key.substr(0, key.size() - file_suffix.size()));
    return row != nullptr && row->secret ? row : nullptr;
}

std::vector<std::string> every(std::string (*name)(std::string_view key)) {
    std::vector<std::string> names;
    for (const setting& row : table()) {
        names.push_back(name(row.key));
        if (row.secret) names.push_back(name(std::string{row.key} + std::string{file_suffix}));
    }
    return names;
}

// For messages about a URL that could not be read as one: then the password may stand anywhere before the @.
std::string without_secret(const std::string& text) {
    if (text.find('@') == std::string::npos) return text;
    return text.find("://") == std::string::npos ? "***" : mask_password(text);
}

std::string masked(const setting& row, const std::string& text) {
    return row.written == shape::list ? mask_passwords(text) : mask_password(text);
}

std::string same(std::string_view key) { return std::string{key}; }

bool is_open_to_others(const fs::path& file) {
    std::error_code failure;
    return (fs::status(file, failure).permissions() & (fs::perms::group_all | fs::perms::others_all)) !=
           fs::perms::none;
}

std::string open_to_others(const fs::path& file) {
    return "can be read or changed by other users; run: chmod 600 " + file.string();
}

class loader {
public:
    explicit loader(const sources& from) : from_{from} {}

    loaded run() {
        for (const setting& row : table()) set(row, {.text = std::string{row.default_value}, .place = "default"});
        read_file();
        read_environment();
        read_flags();
        for (const setting& row : table()) store(row);
        check_bus_files();
        check_mail_files();
        check_chaos();
        check_hash_cost();
        check_tls();
        if (!problems_.empty()) refuse();
        return std::move(result_);
    }

private:
    [[noreturn]] void refuse() const {
        std::string message = problems_.size() == 1
                                  ? "configuration: "
                                  : "configuration: " + std::to_string(problems_.size()) + " problems";
        for (const std::string& problem : problems_) message += (problems_.size() == 1 ? "" : "\n  ") + problem;
        throw core::fatal_error{core::exit_code::configuration, message};
    }

    [[nodiscard]] fs::path absolute(const fs::path& path) const {
        return path.is_absolute() || from_.working_directory.empty() ? path : from_.working_directory / path;
    }

    void set(const setting& row, given value) { values_[row.key] = std::move(value); }

    // One layer may give a secret or name its file, not both.
    void set_from_layer(const setting& row, given value, std::vector<std::string_view>& layer) {
        if (row.secret && std::ranges::find(layer, row.key) != layer.end()) {
            problems_.push_back(value.place + ": give " + std::string{row.key} +
                                " or the file that holds it, not both");
            return;
        }
        layer.push_back(row.key);
        set(row, std::move(value));
    }

    void read_secret(const setting& row, const fs::path& path, const std::string& place,
                     std::vector<std::string_view>& layer) {
        const fs::path file = absolute(path);
        std::error_code failure;
        const fs::file_status status = fs::status(file, failure);
        const std::string names = place + ": the file of a secret, " + path.string() + ", ";
        if (!fs::is_regular_file(status))
            return problems_.push_back(names + (fs::exists(status) ? "is not a file" : "does not exist"));
        if (is_open_to_others(file)) return problems_.push_back(names + open_to_others(path));
        try {
            std::string secret = read_text(file);
            while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
            set_from_layer(row, {.text = std::move(secret), .place = place}, layer);
        } catch (const core::fatal_error& unreadable) {
            problems_.push_back(place + ": " + unreadable.what());
        }
    }

    [[nodiscard]] std::optional<fs::path> file_to_read() const {
        if (from_.file) return from_.file;
        if (const auto named = from_.environment.find("BUSBAR_CONFIG"); named != from_.environment.end())
            return fs::path{named->second};
        std::error_code ignored;
        if (fs::exists(absolute("busbar.json"), ignored)) return fs::path{"busbar.json"};
        return std::nullopt;
    }

    void read_file() {
        result_.file = file_to_read();
        if (!result_.file) return;
        std::string text;
        try {
            text = read_text(absolute(*result_.file));
        } catch (const core::fatal_error& unreadable) {
            problems_.emplace_back(unreadable.what());
            return;
        }
        file_content content = parse_file(text, result_.file->string());
        problems_.insert(problems_.end(), content.problems.begin(), content.problems.end());
        std::vector<std::string_view> layer;
        for (file_entry& entry : content.entries) take_from_file(entry, layer);
    }

    void take_from_file(file_entry& entry, std::vector<std::string_view>& layer) {
        const setting* row = row_of(entry.key);
        const setting* secret = row_of_secret_file(entry.key);
        if (row == nullptr && secret == nullptr) {
            problems_.push_back(entry.place + ": " + unknown_key(entry.key));
        } else if (!entry.problem.empty()) {
            problems_.push_back(entry.place + ": " + entry.key + " is " + entry.problem +
                                "; expected a text or a number");
        } else if (row != nullptr) {
            check_secrecy(*row, entry);
            set_from_layer(*row, {.text = std::move(entry.text), .place = entry.place}, layer);
        } else {
            read_secret(*secret, entry.text, entry.place, layer);
        }
    }

    void check_secrecy(const setting& row, const file_entry& entry) {
        if (row.secret && masked(row, entry.text) != entry.text && is_open_to_others(absolute(*result_.file)))
            problems_.push_back(entry.place + ": " + entry.key + " holds a password, and the file " +
                                open_to_others(*result_.file));
    }

    static std::string unknown_key(const std::string& key) {
        const bool is_section =
            std::ranges::any_of(table(), [&](const setting& row) { return row.key.starts_with(key + "."); });
        if (is_section) return key + " is a section; expected an object: \"" + key + "\": {…}";
        return "unknown key " + key + suggestion(key, every(same));
    }

    void read_environment() {
        for (const setting& row : table())
            if (const auto found = from_.environment.find(std::string{row.common_variable});
                found != from_.environment.end() && !found->second.empty())
                set(row, {.text = found->second, .place = "environment " + found->first});
        std::map<std::string, const setting*> names;
        std::map<std::string, const setting*> files;
        for (const setting& row : table()) {
            names[environment_name(row.key)] = &row;
            if (row.secret) files[environment_name(std::string{row.key} + std::string{file_suffix})] = &row;
        }
        std::vector<std::string_view> layer;
        for (const auto& [name, value] : from_.environment) {
            if (!name.starts_with("BUSBAR_") || name == "BUSBAR_CONFIG") continue;
            if (const auto row = names.find(name); row != names.end()) {
                set_from_layer(*row->second, {.text = value, .place = "environment " + name}, layer);
            } else if (const auto secret = files.find(name); secret != files.end()) {
                read_secret(*secret->second, value, "environment " + name, layer);
            } else {
                problems_.push_back("unknown environment variable " + name + suggestion(name, every(environment_name)));
            }
        }
    }

    void read_flags() {
        for (const auto& [flag, value] : from_.flags) {
            const auto row = std::ranges::find(table(), flag, &setting::flag);
            if (flag.empty() || row == table().end()) {
                problems_.push_back("unknown flag " + flag);
            } else {
                set(*row, {.text = value, .place = flag});
            }
        }
    }

    void store(const setting& row) {
        const given& value = values_[row.key];
        result_.texts[std::string{row.key}] = value.text;
        const auto stored = row.store(result_.values, value.text);
        if (stored) return;
        const std::string shown = row.secret ? without_secret(value.text) : value.text;
        const std::string quoted = nlohmann::json(shown).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        problems_.push_back(value.place + ": " + std::string{row.key} + " is " + quoted + "; expected " +
                            stored.error());
    }

    // When the broker is asked for the first time it would be too late to say so.
    void check_bus_files() {
        const bus_settings& bus = result_.values.bus;
        check_file("bus.ca_file", bus.ca_file);
        check_file("bus.certificate", bus.certificate);
        check_file("bus.key", bus.key);
        check_both_or_none("bus.certificate", "bus.key");
        std::error_code failure;
        if (fs::is_regular_file(absolute(bus.key), failure) && is_open_to_others(absolute(bus.key)))
            problems_.push_back(values_["bus.key"].place + ": bus.key: " + bus.key.string() + " " +
                                open_to_others(bus.key));
    }

    // When a mail is to be sent it would be too late to say so.
    void check_mail_files() {
        check_file("email.ca_file", result_.values.email.ca_file);
        check_file("email.dkim_key_file", result_.values.email.dkim_key_file);
        check_both_or_none("email.dkim_key_file", "email.dkim_selector");
    }

    // It must not keep mails from people.
    void check_chaos() {
        const email_settings& email = result_.values.email;
        if (!email.chaos) return;
        const auto check = [this](const char* key, const smtp_server& server) {
            if (!is_loopback(server.host))
                problems_.push_back(values_["email.chaos"].place + ": email.chaos is for development, and " + key +
                                    " names the server " + server.host +
                                    "; expected none but capture: and servers on a loopback host beside it");
        };
        if (email.smtp_url) check("email.smtp_url", *email.smtp_url);
        if (email.release_url) check("email.release_url", *email.release_url);
        for (const smtp_route& route : email.routes) check("email.routes", route.server);
    }

    void check_tls() {
        const http_settings& http = result_.values.http;
        check_file("http.tls_certificate", http.tls_certificate);
        check_file("http.tls_key", http.tls_key);
        check_both_or_none("http.tls_certificate", "http.tls_key");
        const std::string& admin = result_.values.admin.listen.host;
        if (admin.empty() || is_loopback(admin) || http.has_tls()) return;
        const given& value = values_["admin.listen"];
        problems_.push_back(value.place + ": admin.listen is \"" + value.text +
                            "\"; expected a loopback address such as 127.0.0.1:8081: without TLS the admin token would "
                            "cross the network in clear (give http.tls_certificate and http.tls_key, or reach it from "
                            "afar through an SSH tunnel)");
    }

    void check_both_or_none(std::string_view one, std::string_view other) {
        const bool has_one = !values_[one].text.empty();
        const bool has_other = !values_[other].text.empty();
        if (has_one == has_other) return;
        problems_.push_back(values_[has_one ? one : other].place + ": " + std::string{has_one ? other : one} +
                            " is missing; expected both or none of " + std::string{one} + " and " + std::string{other});
    }

    // OWASP ASVS 5.0, appendix C: fewer passes need more memory.
    void check_hash_cost() {
        constexpr std::size_t MiB = std::size_t{1024} * 1024;
        const auto& [passes, memory] =
            std::pair{result_.values.registration.hash_passes, result_.values.registration.hash_memory};
        const std::size_t least = passes == 1 ? 46 * MiB : passes == 2 ? 19 * MiB : 12 * MiB;
        if (passes == 0 || memory == 0 || memory >= least) return;  // the first two are told of already
        problems_.push_back(values_["registration.hash_memory"].place + ": registration.hash_memory is \"" +
                            values_["registration.hash_memory"].text + "\"; expected at least " +
                            std::to_string(least / MiB) + "MiB for " + std::to_string(passes) +
                            (passes == 1 ? " pass" : " passes"));
    }

    void check_file(std::string_view key, const fs::path& path) {
        if (path.empty()) return;
        std::error_code failure;
        const bool is_there = fs::is_regular_file(absolute(path), failure) && std::ifstream{absolute(path)}.good();
        if (!is_there)
            problems_.push_back(values_[key].place + ": " + std::string{key} + " is \"" + path.string() +
                                "\"; expected the path of a file that is there and can be read");
    }

    const sources& from_;
    std::map<std::string_view, given> values_;
    std::vector<std::string> problems_;
    loaded result_;
};

}  // namespace

loaded load(const sources& from) { return loader{from}.run(); }

nlohmann::ordered_json effective(const loaded& configuration) {
    auto values = nlohmann::ordered_json::object();
    for (const setting& row : table()) {
        const std::string& text = configuration.texts.at(std::string{row.key});
        const auto dot = row.key.find('.');
        auto value = written(row, row.secret ? masked(row, text) : text);
        if (dot == std::string_view::npos) {
            values[std::string{row.key}] = std::move(value);
        } else {
            values[std::string{row.key.substr(0, dot)}][std::string{row.key.substr(dot + 1)}] = std::move(value);
        }
    }
    return values;
}

}  // namespace config
