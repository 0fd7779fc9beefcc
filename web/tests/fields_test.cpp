#include <set>

#include "browser.hpp"
#include "scripted_catalog.hpp"

namespace web::testing {
namespace {

// The tag of the field with that name.
std::string field(const answer& page, const std::string& name) {
    const auto tag = "<input id=\"" + name + '"';
    return tag + between(page.body, tag, ">");
}

bool has(const std::string& tag, const std::string& attribute) {
    return tag.find(' ' + attribute) != std::string::npos;
}

CO_TEST(fields, S06_tell_password_managers_what_they_are) {
    edge_under_test edge;
    browser person{edge};

    const auto made = co_await person.open("/register");
    const auto login = co_await person.open("/login");
    const auto reset = co_await person.open("/reset?token=a");
    person.sign_in();
    const auto account = co_await person.open("/account");

    EXPECT_TRUE(has(field(made, "email"), "autocomplete=\"email\""));
    EXPECT_TRUE(has(field(made, "password"), "autocomplete=\"new-password\""));
    EXPECT_TRUE(has(field(login, "email"), "autocomplete=\"username\""));
    EXPECT_TRUE(has(field(login, "password"), "autocomplete=\"current-password\""));
    EXPECT_TRUE(has(field(reset, "password"), "autocomplete=\"new-password\""));
    EXPECT_TRUE(has(field(account, "current_password"), "autocomplete=\"current-password\""));
    EXPECT_TRUE(has(field(account, "new_password"), "autocomplete=\"new-password\""));
    EXPECT_NE(account.body.find("autocomplete=\"username\" value=\"ada@example.org\""), std::string::npos);
    for (const auto* page : {&made, &login, &reset, &account}) {
        EXPECT_NE(page->body.find("/assets/password.js"), std::string::npos);
        EXPECT_EQ(page->body.find("onpaste"), std::string::npos);
    }
    co_await edge.stop();
}

CO_TEST(fields, the_first_that_is_wrong_is_where_typing_goes_on_and_names_its_message) {
    edge_under_test edge;
    browser person{edge};
    edge.registration.trouble =
        core::invalid({{"password", "must be longer"}, {"email", "must be an address"}}).error();

    const auto page = co_await person.open_and_send("/register", "name=Ada&email=ada&password=x");

    EXPECT_FALSE(has(field(page, "name"), "autofocus"));
    EXPECT_FALSE(has(field(page, "name"), "aria-invalid"));
    EXPECT_TRUE(has(field(page, "email"), "autofocus"));
    EXPECT_TRUE(has(field(page, "email"), "aria-describedby=\"email-error\""));
    EXPECT_TRUE(has(field(page, "email"), "aria-invalid=\"true\""));
    EXPECT_FALSE(has(field(page, "password"), "autofocus"));
    EXPECT_TRUE(has(field(page, "password"), "aria-describedby=\"password-error password-hint\""));
    EXPECT_NE(page.body.find("<a href=\"#email\">E-mail address: must be an address</a>"), std::string::npos);
    co_await edge.stop();
}

// Every id once, every label for a field that is there.
CO_TEST(fields, have_labels_and_ids_of_their_own) {
    edge_under_test edge;
    const scripted_catalog catalog{edge.bus};
    browser person{edge};
    person.sign_in();

    for (const auto* path : {"/register", "/login", "/forgot", "/resend", "/reset?token=a", "/account", "/products",
                             "/products/new", "/products/p1/edit"}) {
        const auto page = co_await person.open(path);
        std::set<std::string> ids;
        for (auto at = page.body.find(" id=\""); at != std::string::npos; at = page.body.find(" id=\"", at + 1))
            EXPECT_TRUE(ids.insert(between(page.body.substr(at), "id=\"", "\"")).second)
                << path << page.body.substr(at, 40);
        int labels = 0;
        for (auto at = page.body.find("<label for=\""); at != std::string::npos;
             at = page.body.find("<label for=\"", at + 1), ++labels)
            EXPECT_TRUE(ids.contains(between(page.body.substr(at), "for=\"", "\""))) << path;
        EXPECT_GT(labels, 0) << path;
    }
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
