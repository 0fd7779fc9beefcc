#include <gtest/gtest.h>

#include <config/load.hpp>
#include <config/table.hpp>
#include <core/exit.hpp>
#include <nlohmann/json.hpp>

#include "temporary_folder.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

// What load() says; empty when it accepts.
std::string refusal(const sources& from) {
    try {
        static_cast<void>(load(from));
        return "";
    } catch (const core::fatal_error& refused) {
        EXPECT_EQ(refused.code(), core::exit_code::configuration);
        return refused.what();
    }
}

std::string refusal_of_file(const std::string& text) {
    const temporary_folder folder;
    folder.write("busbar.json", text);
    return refusal({.working_directory = folder.path()});
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(load, gives_the_defaults_when_nothing_is_set) {
    const temporary_folder empty;

    const settings values = load({.working_directory = empty.path()}).values;

    EXPECT_EQ(values.data.dir, "busbar-data");
    EXPECT_EQ(values.http.listen, (host_port{"127.0.0.1", 8080}));
    EXPECT_EQ(values.admin.listen, (host_port{"127.0.0.1", 8081}));
    EXPECT_EQ(values.modules, (std::vector<std::string>{"web", "registration", "email", "logging", "product"}));
    EXPECT_EQ(values.email.smtp_url, std::nullopt);
    EXPECT_EQ(values.email.retry, (std::vector<milliseconds>{1s, 5s, 30s, 2min, 10min, 1h}));
    EXPECT_EQ(values.bus.url, std::nullopt);
    EXPECT_EQ(values.bus.retry, (std::vector<milliseconds>{100ms, 1s, 5s, 30s}));
    EXPECT_EQ(values.bus.handler_timeout, 1min);
    EXPECT_EQ(values.bus.max_age, 24h);
    EXPECT_EQ(values.storage.reserve, 4u * 1024 * 1024);
    EXPECT_EQ(values.registration.token_lifetime, 24h);
    EXPECT_EQ(values.limits.registrations_per_address, (rate{.count = 20, .per = 1min}));
    EXPECT_EQ(values.log.format, std::nullopt);
    EXPECT_EQ(values.shutdown.grace, 10s);
}

TEST(load, takes_off_for_a_limit_that_is_not_wanted) {
    const temporary_folder empty;

    const settings values = load({.environment = {{"BUSBAR_BUS_MAX_AGE", "off"}, {"BUSBAR_STORAGE_RESERVE", "0"}},
                                  .working_directory = empty.path()})
                                .values;

    EXPECT_EQ(values.bus.max_age, std::nullopt);
    EXPECT_EQ(values.storage.reserve, 0u);
    EXPECT_TRUE(contains(refusal({.environment = {{"BUSBAR_BUS_MAX_AGE", "0s"}}, .working_directory = empty.path()}),
                         "or off"));
}

// S01, S02: OWASP's table.
TEST(load, refuses_a_hash_that_is_too_cheap) {
    const temporary_folder empty;
    const auto with = [&](const std::string& passes, const std::string& memory) {
        return refusal(
            {.environment = {{"BUSBAR_REGISTRATION_HASH_PASSES", passes}, {"BUSBAR_REGISTRATION_HASH_MEMORY", memory}},
             .working_directory = empty.path()});
    };

    EXPECT_TRUE(contains(with("1", "45MiB"), "expected at least 46MiB for 1 pass"));
    EXPECT_TRUE(contains(with("2", "18MiB"), "expected at least 19MiB for 2 passes"));
    EXPECT_TRUE(contains(with("3", "11MiB"), "registration.hash_memory"));
    EXPECT_EQ(with("1", "46MiB") + with("2", "19MiB") + with("3", "12MiB"), "");
}

TEST(load, lets_a_flag_win_over_environment_over_file_over_default) {
    const temporary_folder folder;
    folder.write(
        "busbar.json",
        R"({"http": {"listen": "127.0.0.1:1"}, "admin": {"listen": "127.0.0.1:1"}, "log": {"level": "error"}})");

    const settings values =
        load({.environment = {{"BUSBAR_HTTP_LISTEN", "127.0.0.1:2"}, {"BUSBAR_ADMIN_LISTEN", "127.0.0.1:2"}},
              .flags = {{"--listen", "127.0.0.1:3"}},
              .working_directory = folder.path()})
            .values;

    EXPECT_EQ(values.http.listen.port, 3);
    EXPECT_EQ(values.admin.listen.port, 2);
    EXPECT_EQ(values.log.level.all, core::log_level::error);
    EXPECT_EQ(values.email.connections, 8u);
}

TEST(load, reads_numbers_lists_and_comments) {
    const temporary_folder folder;
    const auto file = folder.write("other.json",
                                   "// mine\n{\"modules\": [\"web\", \"email\"], /* few */ \"email\": "
                                   "{\"connections\": 2, \"retry\": [\"1s\", \"2s\"]}}");

    const loaded configuration = load({.file = file, .working_directory = folder.path()});

    EXPECT_EQ(configuration.file, file);
    EXPECT_EQ(configuration.values.modules, (std::vector<std::string>{"web", "email"}));
    EXPECT_EQ(configuration.values.email.connections, 2u);
    EXPECT_EQ(configuration.values.email.retry, (std::vector<milliseconds>{1s, 2s}));
}

TEST(load, finds_the_file_that_the_environment_names) {
    const temporary_folder folder;
    const auto file = folder.write("other.json", R"({"log": {"level": "debug"}})");

    const loaded configuration =
        load({.environment = {{"BUSBAR_CONFIG", file.string()}}, .working_directory = folder.path()});

    EXPECT_EQ(configuration.values.log.level.all, core::log_level::debug);
}

TEST(load, reads_the_log_levels_of_modules_behind_that_of_all) {
    const auto levels = [](const char* text) {
        return load({.flags = {{"--log-level", text}}, .working_directory = temporary_folder{}.path()})
            .values.log.level;
    };
    const auto refused = [](const char* text) {
        return refusal({.flags = {{"--log-level", text}}, .working_directory = temporary_folder{}.path()}) != "";
    };

    EXPECT_EQ(levels("info,email=debug,web=ERROR"),
              (core::log_levels{core::log_level::info,
                                {{"email", core::log_level::debug}, {"web", core::log_level::error}}}));
    for (const auto* wrong : {"", "email=debug", "info,debug", "info,=debug", "info,email=", "info,email=loud"})
        EXPECT_TRUE(refused(wrong)) << wrong;
}

TEST(load, takes_a_variable_that_others_take_too_but_rather_its_own) {
    const temporary_folder empty;
    const auto endpoint = [&](std::map<std::string, std::string> environment) {
        return load({.environment = std::move(environment), .working_directory = empty.path()})
            .values.tracing.otlp_endpoint;
    };

    EXPECT_EQ(endpoint({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1/"}}), "http://a:1");
    EXPECT_EQ(endpoint({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}), "");
    EXPECT_EQ(endpoint({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1"}, {"BUSBAR_TRACING_OTLP_ENDPOINT", "http://b:2"}}),
              "http://b:2");
    EXPECT_TRUE(
        contains(refusal({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "a:1"}}, .working_directory = empty.path()}),
                 "environment OTEL_EXPORTER_OTLP_ENDPOINT: tracing.otlp_endpoint is \"a:1\""));
}

TEST(load, ignores_environment_variables_of_others) {
    EXPECT_EQ(
        refusal({.environment = {{"PATH", "/bin"}, {"BUSBARX", "1"}}, .working_directory = temporary_folder{}.path()}),
        "");
}

TEST(load, names_place_key_and_likely_spelling_of_an_unknown_key) {
    const std::string message = refusal_of_file("{\n  \"email\": {\n    \"form\": \"a@b\"\n  }\n}");

    EXPECT_TRUE(contains(message, "busbar.json:3:5: unknown key email.form; did you mean email.from?")) << message;
}

TEST(load, names_an_unknown_environment_variable_and_its_likely_spelling) {
    const std::string message =
        refusal({.environment = {{"BUSBAR_HTTP_LISTNE", "x"}}, .working_directory = temporary_folder{}.path()});

    EXPECT_TRUE(contains(message, "unknown environment variable BUSBAR_HTTP_LISTNE; did you mean BUSBAR_HTTP_LISTEN?"))
        << message;
}

TEST(load, names_key_value_and_what_would_be_right) {
    const std::string message =
        refusal({.flags = {{"--listen", "8080"}}, .working_directory = temporary_folder{}.path()});

    EXPECT_TRUE(contains(message, "--listen: http.listen is \"8080\"; expected HOST:PORT such as 127.0.0.1:8080"))
        << message;
}

TEST(load, reports_all_problems_at_once) {
    const std::string message = refusal({.environment = {{"BUSBAR_EMAIL_CONNECTIONS", "0"}, {"BUSBAR_NONSENSE", "1"}},
                                         .flags = {{"--log-level", "loud"}, {"--admin", "0.0.0.0:8081"}},
                                         .working_directory = temporary_folder{}.path()});

    EXPECT_TRUE(contains(message, "4 problems")) << message;
    for (const char* part :
         {"BUSBAR_NONSENSE", "email.connections is \"0\"; expected a whole number from 1 to 256",
          "log.level is \"loud\"; expected debug, info, warning or error", "admin.listen is \"0.0.0.0:8081\""}) {
        EXPECT_TRUE(contains(message, part)) << message;
    }
}

TEST(load, says_where_a_file_is_not_json) {
    EXPECT_TRUE(contains(refusal_of_file("{\n  \"http\": {\n    \"listen\" \"x\"\n"), "busbar.json:3:1"))
        << refusal_of_file("{\n  \"http\": {\n    \"listen\" \"x\"\n");
    EXPECT_TRUE(contains(refusal_of_file("{\"http\": {"), "the file ends too early"));
    EXPECT_TRUE(contains(refusal_of_file(""), "busbar.json:1:1"));
    EXPECT_TRUE(contains(refusal_of_file("{} {}"), "busbar.json:1:4"));
}

TEST(load, refuses_values_of_the_wrong_form) {
    for (const char* text :
         {"[]", "5", "null", R"({"http": 5})", R"({"http": {"listen": {"host": "x"}}})",
          R"({"http": {"listen": null}})", R"({"http": {"listen": true}})", R"({"modules": [["web"]]})",
          R"({"modules": [{"web": 1}]})", R"({"email": {"connections": 2.5}})", R"({"email": {"connections": -1}})",
          R"({"http": []})", R"({"log": {"level": "info", "level": "debug"}})", R"({"email": {"smtp_url_file": 5}})",
          R"({"a": {"b": {"c": {}}}})"}) {
        EXPECT_NE(refusal_of_file(text), "") << text;
    }
}

TEST(load, goes_on_after_an_object_in_the_wrong_place) {
    const std::string message =
        refusal_of_file(R"({"http": {"listen": {"host": "x"}, "max_body": "1KB"}, "log": {"level": "loud"}})");

    EXPECT_TRUE(contains(message, "http.listen is an object")) << message;
    EXPECT_TRUE(contains(message, "http.max_body is \"1KB\"")) << message;
    EXPECT_TRUE(contains(message, "log.level is \"loud\"")) << message;
}

TEST(load, refuses_a_file_that_is_not_there) {
    const temporary_folder folder;

    EXPECT_TRUE(contains(refusal({.file = folder.path() / "none.json"}), "none.json: can't be read: No such file"));
    EXPECT_TRUE(contains(refusal({.file = folder.path()}), "it is a directory"));
}

TEST(load, wants_the_files_of_the_bus_to_be_there) {
    const temporary_folder folder;
    folder.write("pem", "-----BEGIN");
    const auto refused = [&](const std::string& key, const std::string& path) {
        return refusal({.environment = {{"BUSBAR_BUS_" + key, path}}, .working_directory = folder.path()});
    };

    EXPECT_EQ(refused("CA_FILE", "pem"), "");
    for (const char* key : {"CA_FILE", "CERTIFICATE", "KEY"})
        for (const auto& path : {std::string{"none"}, folder.path().string()})
            EXPECT_TRUE(contains(refused(key, path), "BUSBAR_BUS_" + std::string{key} + ": bus.")) << key << path;
}

TEST(load, takes_a_certificate_and_its_key_only_together) {
    const temporary_folder folder;
    folder.write("pem", "-----BEGIN");
    const auto refused = [&](std::map<std::string, std::string> environment) {
        return refusal({.environment = std::move(environment), .working_directory = folder.path()});
    };

    EXPECT_EQ(refused({{"BUSBAR_BUS_CERTIFICATE", "pem"}, {"BUSBAR_BUS_KEY", "pem"}}), "");
    EXPECT_TRUE(contains(refused({{"BUSBAR_BUS_CERTIFICATE", "pem"}}), "bus.key is missing"));
    EXPECT_TRUE(contains(refused({{"BUSBAR_BUS_KEY", "pem"}}), "bus.certificate is missing"));
}

TEST(load, wants_the_key_with_the_certificate_of_the_listeners) {
    const temporary_folder folder;
    folder.write("pem", "");
    const auto refused = [&](const std::map<std::string, std::string>& environment) {
        return refusal({.environment = environment, .working_directory = folder.path()});
    };

    EXPECT_EQ(refused({{"BUSBAR_HTTP_TLS_CERTIFICATE", "pem"}, {"BUSBAR_HTTP_TLS_KEY", "pem"}}), "");
    EXPECT_TRUE(contains(refused({{"BUSBAR_HTTP_TLS_CERTIFICATE", "pem"}}), "http.tls_key is missing"));
    EXPECT_TRUE(contains(refused({{"BUSBAR_HTTP_TLS_KEY", "pem"}}), "http.tls_certificate is missing"));
    EXPECT_TRUE(contains(refused({{"BUSBAR_HTTP_TLS_CERTIFICATE", "pem"}, {"BUSBAR_HTTP_TLS_KEY", "nowhere"}}),
                         "http.tls_key is \"nowhere\"; expected the path of a file that is there"));
}

TEST(load, wants_the_selector_with_the_key_that_signs_mails) {
    const temporary_folder folder;
    folder.write("pem", "");
    const auto refused = [&](const std::string& key, const std::string& selector, const std::string& domain = "") {
        return refusal({.environment = {{"BUSBAR_EMAIL_DKIM_KEY_FILE", key},
                                        {"BUSBAR_EMAIL_DKIM_SELECTOR", selector},
                                        {"BUSBAR_EMAIL_DKIM_DOMAIN", domain}},
                        .working_directory = folder.path()});
    };

    EXPECT_EQ(refused("", ""), "");
    EXPECT_EQ(refused("pem", "mail-2026.eu", "bücher.example"), "");
    EXPECT_TRUE(contains(refused("pem", ""), "email.dkim_selector is missing"));
    EXPECT_TRUE(contains(refused("", "busbar"), "email.dkim_key_file is missing"));
    EXPECT_TRUE(contains(refused("nowhere", "busbar"), "expected the path of a file that is there"));
    for (const auto* const wrong : {"a b", "a;d=evil.test", "-a", ".a", "a."})
        EXPECT_TRUE(contains(refused("pem", wrong), "expected a name of letters, digits and hyphens")) << wrong;
    for (const auto* const wrong : {"localhost", "a@example.org", "example.org; s=x", "a..b"})
        EXPECT_TRUE(contains(refused("pem", "busbar", wrong), "expected a domain such as example.org")) << wrong;
}

TEST(load, lets_others_reach_the_admin_listener_over_tls_alone) {
    const temporary_folder folder;
    folder.write("pem", "");
    const auto refused = [&](const std::string& admin, std::map<std::string, std::string> environment) {
        environment["BUSBAR_ADMIN_LISTEN"] = admin;
        return refusal({.environment = environment, .working_directory = folder.path()});
    };
    const std::map<std::string, std::string> tls{{"BUSBAR_HTTP_TLS_CERTIFICATE", "pem"},
                                                 {"BUSBAR_HTTP_TLS_KEY", "pem"}};

    for (const char* admin : {"0.0.0.0:1", "[::]:1", "example.org:1"}) {
        EXPECT_EQ(refused(admin, tls), "") << admin;
        EXPECT_TRUE(contains(refused(admin, {}), std::string{"admin.listen is \""} + admin + "\"; expected a loopback"))
            << admin << ": " << refused(admin, {});
    }
    EXPECT_EQ(refused("localhost:1", {}), "");
}

TEST(secret_file, is_read_without_its_line_end) {
    const temporary_folder folder;
    const auto secret = folder.write("smtp", "smtp://ada:secret@localhost:2525\n");

    const settings by_environment =
        load({.environment = {{"BUSBAR_EMAIL_SMTP_URL_FILE", secret.string()}}, .working_directory = folder.path()})
            .values;
    folder.write("busbar.json", R"({"email": {"smtp_url_file": "smtp"}})");
    const settings by_file = load({.working_directory = folder.path()}).values;

    EXPECT_EQ(by_environment.email.smtp_url.value().password, "secret");
    EXPECT_EQ(by_file.email.smtp_url.value().password, "secret");
}

TEST(secret_file, must_be_a_file_that_only_its_owner_can_read) {
    const temporary_folder folder;
    const auto open = folder.write("open", "capture:", 0644);

    const auto refused = [&](const std::string& path) {
        return refusal({.environment = {{"BUSBAR_EMAIL_SMTP_URL_FILE", path}}, .working_directory = folder.path()});
    };

    EXPECT_TRUE(contains(refused(open.string()), "chmod 600"));
    EXPECT_TRUE(contains(refused((folder.path() / "none").string()), "does not exist"));
    EXPECT_TRUE(contains(refused(folder.path().string()), "is not a file"));
    EXPECT_NE(
        refusal({.environment = {{"BUSBAR_HTTP_LISTEN_FILE", open.string()}}, .working_directory = folder.path()}), "");
}

// S55: a key, and a configuration with a password in it, are secrets as well.
TEST(secret_file, is_also_the_key_for_the_broker_and_a_configuration_that_holds_a_password) {
    const temporary_folder folder;
    folder.write("pem", "-----BEGIN");
    folder.write("open", "-----BEGIN", 0640);
    const auto with_key = [&](const std::string& key) {
        return refusal({.environment = {{"BUSBAR_BUS_CERTIFICATE", "pem"}, {"BUSBAR_BUS_KEY", key}},
                        .working_directory = folder.path()});
    };
    const auto with_file = [&](const std::string& text, unsigned mode) {
        folder.write("busbar.json", text, mode);
        return refusal({.working_directory = folder.path()});
    };
    const std::string secret = R"({"email": {"smtp_url": "smtp://ada:canary@localhost:2525"}})";
    const std::string secret_route = R"({"email": {"routes": ["a.example=smtp://ada:canary@localhost"]}})";

    EXPECT_EQ(with_key("pem"), "");
    EXPECT_TRUE(contains(with_key("open"), "bus.key: open can be read or changed by other users; run: chmod 600 open"));
    EXPECT_EQ(with_file(secret, 0600), "");
    EXPECT_EQ(with_file(R"({"email": {"smtp_url": "smtp://localhost:2525"}})", 0644), "");
    for (const auto& text : {secret, secret_route}) {
        const auto refused = with_file(text, 0604);
        EXPECT_TRUE(contains(refused, "holds a password, and the file can be read")) << refused;
        EXPECT_FALSE(contains(refused, "canary"));
    }
}

TEST(secret_file, does_not_stand_beside_the_secret_itself_in_one_place) {
    const temporary_folder folder;
    const auto secret = folder.write("smtp", "capture:");

    const std::string message = refusal(
        {.environment = {{"BUSBAR_EMAIL_SMTP_URL_FILE", secret.string()}, {"BUSBAR_EMAIL_SMTP_URL", "capture:"}},
         .working_directory = folder.path()});

    EXPECT_TRUE(contains(message, "not both")) << message;
}

TEST(secrets, are_never_shown_in_a_message) {
    for (const char* text :
         {"smtp://ada:canary@host:x", "smtp:/ada:canary@host", "ada:canary@host", "smtp://ada:can@canary@host:0"}) {
        const std::string message =
            refusal({.flags = {{"--smtp", text}}, .working_directory = temporary_folder{}.path()});

        EXPECT_NE(message, "") << text;
        EXPECT_FALSE(contains(message, "canary")) << message;
    }
    for (const char* text : {"amqp://ada:canary@host:x", "amqp://ada:can/canary@host", "amqp://ada:canary@host/a/b",
                             "amqp://ada:canary@host/a@b/c"}) {
        const std::string message =
            refusal({.flags = {{"--bus", text}}, .working_directory = temporary_folder{}.path()});

        EXPECT_NE(message, "") << text;
        EXPECT_FALSE(contains(message, "canary")) << message;
    }
}

TEST(effective, shows_every_key_and_no_password) {
    const temporary_folder empty;
    const loaded configuration =
        load({.environment = {{"BUSBAR_EMAIL_ROUTES", "a.example=smtp://ada:canary@host,b.example=smtp://b:canary@b"}},
              .flags = {{"--smtp", "smtp://ada:canary@host:2525"}, {"--bus", "amqp://ada:canary@host/shop"}},
              .working_directory = empty.path()});

    const nlohmann::ordered_json shown = effective(configuration);

    EXPECT_EQ(shown["email"]["smtp_url"], "smtp://ada:***@host:2525");
    EXPECT_EQ(shown["bus"]["url"], "amqp://ada:***@host/shop");
    EXPECT_EQ(shown["email"]["routes"], nlohmann::json({"a.example=smtp://ada:***@host", "b.example=smtp://b:***@b"}));
    EXPECT_EQ(shown["email"]["connections"], 8);
    EXPECT_EQ(shown["modules"].size(), 5u);
    EXPECT_FALSE(contains(shown.dump(), "canary"));
}

TEST(effective, can_be_loaded_again) {
    const temporary_folder folder;
    const auto first = effective(load({.flags = {{"--listen", "127.0.0.1:0"}}, .working_directory = folder.path()}));
    folder.write("busbar.json", first.dump());

    EXPECT_EQ(effective(load({.working_directory = folder.path()})), first);
}

}  // namespace
}  // namespace config
