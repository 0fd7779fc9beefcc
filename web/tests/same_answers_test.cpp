#include <array>
#include <set>

#include "browser.hpp"

// Nothing that the edge adds tells which addresses have an account (S10). What the module says is the same for all.
namespace web::testing {
namespace {

// All that a client sees, but for what is new each time.
std::string seen(const answer& answer, const std::string& address) {
    std::string all = std::to_string(answer.status) + "\n";
    for (const auto& [name, value] : answer.headers)
        if (name != "date" && name != "x-trace-id") all += name + ": " + value + "\n";
    all += "\n" + answer.body;
    const auto trace = answer.header("x-trace-id");
    for (auto at = all.find(trace); at != std::string::npos; at = all.find(trace)) all.replace(at, trace.size(), "-");
    for (auto at = all.find(address); at != std::string::npos; at = all.find(address))
        all.replace(at, address.size(), "@");
    return all;
}

// As long as each other, since some answers hold the address.
constexpr std::array<std::string_view, 4> addresses{"known@example.org", "other@example.org", "notyet@example.or",
                                                    "barred@example.or"};

struct asked_path {
    std::string path;
    std::string rest;  // behind the address
};

CO_TEST(same_answers, S10_of_the_api_for_every_address) {
    edge_under_test edge;
    edge.accounts.troubles["registration.sign_in"] = {core::error_kind::unauthenticated, "That is not right."};

    for (const auto& [path, rest] :
         {asked_path{"/api/v1/registrations", R"(,"name":"Ada","password":"four words")"},
          asked_path{"/api/v1/sessions", R"(,"password":"wrong")"}, asked_path{"/api/v1/password-resets", ""},
          asked_path{"/api/v1/confirmations/resend", ""}}) {
        std::set<std::string> answers;
        for (const auto address : addresses) {
            const std::string email{address};
            answers.insert(
                seen(co_await edge.ask(post(path, json_type, R"({"email":")" + email + '"' + rest + "}")), email));
        }
        EXPECT_EQ(answers.size(), 1u) << path << *answers.begin();
    }
    co_await edge.stop();
}

CO_TEST(same_answers, S10_of_the_forms_for_every_address) {
    edge_under_test edge;
    browser person{edge};
    edge.accounts.troubles["registration.sign_in"] = {core::error_kind::unauthenticated, "That is not right."};

    for (const auto& [path, rest] :
         {asked_path{"/register", "&name=Ada&password=four+words"}, asked_path{"/login", "&password=wrong"},
          asked_path{"/forgot", ""}, asked_path{"/resend", ""}}) {
        std::set<std::string> answers;
        co_await person.open(path);
        for (const auto address : addresses) {
            const std::string email{address};
            answers.insert(seen(co_await person.send(path, "email=" + email + rest), email));
        }
        EXPECT_EQ(answers.size(), 1u) << path << *answers.begin();
    }
    co_await edge.stop();
}

CO_TEST(same_answers, S10_after_which_the_page_is_the_same_for_all) {
    edge_under_test edge;
    browser person{edge};

    for (const auto* path : {"/registered", "/sent"}) {
        const auto first = co_await person.open(path);
        const auto second = co_await person.open(path);
        EXPECT_EQ(seen(first, "-"), seen(second, "-")) << path;
        EXPECT_EQ(first.body.find('@'), std::string::npos) << path;
    }
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
