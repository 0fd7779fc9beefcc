#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <core/exit.hpp>
#include <email/dkim.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "dkim_canonical.hpp"
#include "dkim_signer.hpp"

namespace {

using namespace std::literals;
using key_pointer = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

// RFC 8463, appendix A.2.
constexpr auto ed25519_key =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

class dkim : public ::testing::Test {
protected:
    dkim() { std::filesystem::create_directories(folder_); }
    ~dkim() override { std::filesystem::remove_all(folder_); }

    std::string write_key(const std::string& pem, mode_t mode = 0600) {
        auto file = (folder_ / "key.pem").string();
        ::unlink(file.c_str());
        std::ofstream{file} << pem;
        ::chmod(file.c_str(), mode);
        return file;
    }
    std::string write_key(EVP_PKEY* key) {
        auto path = write_key(""s);
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "w"), &std::fclose};
        EXPECT_EQ(PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
        return path;
    }

    static email::settings settings_with(std::string key_file) {
        email::settings settings;
        settings.from_address = "no-reply@example.org";
        settings.dkim = email::dkim_settings{.key_file = std::move(key_file), .selector = "busbar"};
        return settings;
    }
    static std::string refusal(const email::settings& settings) {
        try {
            static_cast<void>(email::make_dkim_signer(settings));
            return "";
        } catch (const core::fatal_error& refused) {
            EXPECT_EQ(refused.code(), core::exit_code::configuration);
            return refused.what();
        }
    }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("busbar-dkim-" + std::to_string(::getpid()));
};

// RFC 8463, appendix A.3.
constexpr auto dinner =
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

std::string tag(const std::string& field, const std::string& name) {
    const auto begin = field.find(" " + name + "=") + name.size() + 2;
    std::string value;
    for (const char c : field.substr(begin, field.find(';', begin) - begin))
        if (c != '\r' && c != '\n' && c != ' ') value += c;
    return value;
}

std::string from_base64(const std::string& text) {
    std::string data(text.size(), '\0');
    std::size_t size = 0;
    EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(data.data()), data.size(), text.data(), text.size(),
                                nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL),
              0);
    data.resize(size);
    return data;
}

bool is_signed_by(EVP_PKEY* key, const std::string& data, const std::string& signature) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
}

}  // namespace

// RFC 6376, section 3.4.5.
TEST_F(dkim, sees_fields_and_body_as_the_example_of_the_standard) {
    constexpr auto message = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    const auto fields = email::fields_of(message);

    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(email::relaxed_field(fields[0]), "a:X");
    EXPECT_EQ(email::relaxed_field(fields[1]), "b:Y Z");
    EXPECT_EQ(email::relaxed_body(email::body_of(message)), " C\r\nD E\r\n");
}

TEST_F(dkim, drops_white_space_and_lines_that_servers_may_change) {
    EXPECT_EQ(email::relaxed_field("Subject:\r\n\r\n"), "subject:");
    EXPECT_EQ(email::relaxed_field("SUBJECT \t:\t a \t b:  c \r\n\t \r\n d\t"), "subject:a b: c d");
    for (const auto* const empty : {"", "\r\n", "\r\n\r\n\r\n", " \t\r\n", "\r\n  "})
        EXPECT_EQ(email::relaxed_body(empty), "");
    EXPECT_EQ(email::relaxed_body("a"), "a\r\n");
    EXPECT_EQ(email::relaxed_body("\r\n \r\na \t b  \r\n\t\r\nc\r\n \r\n\r\n"), "\r\n\r\na b\r\n\r\nc\r\n");
    EXPECT_EQ(email::relaxed_body(".\r\n..\r\n"), ".\r\n..\r\n");
    EXPECT_EQ(email::sha256(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_F(dkim, signs_with_ed25519_as_the_example_of_the_standard) {
    const email::dkim_key key{write_key(ed25519_key)};
    const auto* const field =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        " d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        " subject : date : message-id : from : subject : date;\r\n"
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
    const std::vector<std::string_view> names{"from", "to", "subject", "date", "message-id", "from", "subject", "date"};

    EXPECT_EQ(key.public_key(), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    EXPECT_EQ(email::sha256(email::relaxed_body(email::body_of(dinner))),
              "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    EXPECT_EQ(key.sign(email::signed_fields(dinner, names, field)),
              "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
}

TEST_F(dkim, signs_each_field_that_is_there_and_that_there_is_no_other) {
    const auto signer = email::make_dkim_signer(settings_with(write_key(ed25519_key)));
    const auto field = signer->sign("X-Other: 1\r\n"s + dinner, core::timestamp{1'750'000'000'123ms});

    EXPECT_EQ(tag(field, "h"), "From:From:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID");
    EXPECT_EQ(tag(field, "d"), "example.org");
    EXPECT_EQ(tag(field, "s"), "busbar");
    EXPECT_EQ(tag(field, "t"), "1750000000");
    EXPECT_EQ(tag(field, "a"), "ed25519-sha256");
    EXPECT_TRUE(field.starts_with("DKIM-Signature: v=1;") && field.ends_with("\r\n"));
    EXPECT_EQ(email::fields_of(field + dinner).size(), 6U) << "its lines are one field";
}

TEST_F(dkim, signs_with_rsa_so_that_the_public_key_agrees) {
    const key_pointer made{EVP_RSA_gen(1024), &EVP_PKEY_free};
    const auto signer = email::make_dkim_signer(settings_with(write_key(made.get())));
    const auto field = signer->sign(dinner, {});
    const auto data = email::signed_fields(dinner, {"From", "To", "Subject", "Date", "Message-ID"},
                                           std::string_view{field}.substr(0, field.find(" b=") + 3));

    EXPECT_EQ(tag(field, "a"), "rsa-sha256");
    EXPECT_TRUE(is_signed_by(made.get(), data, from_base64(tag(field, "b"))));
    EXPECT_TRUE(signer->key().is_weak());
    for (std::string_view rest = field; !rest.empty(); rest.remove_prefix(rest.find("\r\n") + 2))
        EXPECT_LE(rest.find("\r\n"), 78U) << rest;
}

TEST_F(dkim, tells_the_record_that_others_look_up) {
    auto settings = settings_with(write_key(ed25519_key));
    settings.dkim->domain = "mail.example.org";
    const auto record = email::dkim_record_for(settings);

    EXPECT_EQ(record.name, "busbar._domainkey.mail.example.org");
    EXPECT_EQ(record.text, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

TEST_F(dkim, refuses_keys_that_cannot_do_it_and_says_what_to_do) {
    const auto refused = [](const std::string& file) { return refusal(settings_with(file)); };
    const key_pointer small{EVP_RSA_gen(768), &EVP_PKEY_free};
    const key_pointer other{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    auto without_domain = settings_with(write_key(ed25519_key));
    without_domain.from_address = "no-reply@localhost";

    EXPECT_EQ(refused(write_key(ed25519_key)), "");
    EXPECT_TRUE(refusal(without_domain).contains("email.dkim_domain is missing"));
    EXPECT_TRUE(refused(write_key(small.get())).contains("has 768 bits"));
    EXPECT_TRUE(refused(write_key(other.get())).contains("neither an RSA key nor an Ed25519 key; make one with"));
    EXPECT_TRUE(refused(write_key("nonsense"s)).contains("is no PEM file"));
    EXPECT_TRUE(refused(write_key(ed25519_key, 0640)).contains("run: chmod 600"));
    EXPECT_TRUE(refused("/nowhere/key.pem").contains("cannot be read"));
}
