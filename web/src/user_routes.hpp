#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <web/router.hpp>

#include "account_view.hpp"
#include "caller.hpp"
#include "forms.hpp"
#include "pages.hpp"
#include "secrets.hpp"

// The routes of the module registration, by concern: JSON for programs, and pages for people that do the same.
// Each class lives as long as the routers that it was added to.
namespace web {

// What routes with pages work with. All of it outlives them.
struct site {
    const caller& modules;
    const web::pages& pages;
    const form_guard& forms;
};

// How an account begins.
class registration_routes {
public:
    explicit registration_routes(site site) : site_{site} {}
    void add_to(router& router);

private:
    core::awaitable<response> register_by_api(request& request);
    core::awaitable<response> confirm_by_api(request& request);
    core::awaitable<response> resend_by_api(request& request);
    core::awaitable<response> show_form(request& request);
    core::awaitable<response> register_by_form(request& request);
    core::awaitable<response> show_registered(request& request);
    core::awaitable<response> show_confirm(request& request);
    core::awaitable<response> confirm_by_form(request& request);
    core::awaitable<response> show_resend(request& request);
    core::awaitable<response> resend_by_form(request& request);
    core::awaitable<response> show_sent(request& request);
    [[nodiscard]] response form(const request& request, const parameters& typed,
                                const core::error* trouble = nullptr) const;
    [[nodiscard]] response resend_form(const request& request, const parameters& typed,
                                       const core::error* trouble = nullptr) const;

    site site_;
};

// Signing in and out.
class session_routes {
public:
    explicit session_routes(site site) : site_{site} {}
    void add_to(router& router);

private:
    core::awaitable<response> begin_by_api(request& request);
    core::awaitable<response> end_by_api(request& request);
    core::awaitable<response> show_login(request& request);
    core::awaitable<response> login(request& request);
    core::awaitable<response> logout(request& request);
    core::awaitable<void> end_former(request& request);
    [[nodiscard]] response form(const request& request, const parameters& typed, std::string_view next,
                                const form_trouble* trouble = nullptr) const;

    site site_;
};

// The way back in for who has forgotten the password.
class password_reset_routes {
public:
    explicit password_reset_routes(site site) : site_{site} {}
    void add_to(router& router);

private:
    core::awaitable<response> ask_by_api(request& request);
    core::awaitable<response> complete_by_api(request& request);
    core::awaitable<response> show_forgot(request& request);
    core::awaitable<response> ask_by_form(request& request);
    core::awaitable<response> show_reset(request& request);
    core::awaitable<response> complete_by_form(request& request);
    [[nodiscard]] response forgot_form(const request& request, const parameters& typed,
                                       const core::error* trouble = nullptr) const;
    [[nodiscard]] response reset_form(const request& request, const std::string& token,
                                      const core::error* trouble = nullptr) const;

    site site_;
};

// The own account, as JSON.
class account_routes {
public:
    explicit account_routes(const caller& modules) : modules_{modules} {}
    void add_to(router& router);

private:
    core::awaitable<response> get(request& request);
    core::awaitable<response> change(request& request);
    core::awaitable<response> change_password(request& request);
    core::awaitable<response> remove(request& request);
    core::awaitable<response> sessions(request& request);
    core::awaitable<response> end_session(request& request);

    const caller& modules_;
};

// The own account, as one page of forms.
class account_pages {
public:
    explicit account_pages(site site) : site_{site} {}
    void add_to(router& router);

private:
    core::awaitable<response> show(request& request);
    core::awaitable<response> change_name(request& request);
    core::awaitable<response> change_address(request& request);
    core::awaitable<response> change_password(request& request);
    core::awaitable<response> end_session(request& request);
    core::awaitable<response> remove(request& request);
    core::awaitable<response> fail(request& request, std::string_view action, parameters typed, core::error trouble);
    core::awaitable<response> page(request& request, std::optional<failed_form> failed);

    site site_;
};

// The accounts of others, for operators.
class user_admin_routes {
public:
    explicit user_admin_routes(const caller& modules) : modules_{modules} {}
    void add_to(router& admin);

private:
    core::awaitable<response> list(request& request);
    core::awaitable<response> disable(request& request);
    core::awaitable<response> enable(request& request);
    core::awaitable<response> end_sessions(request& request);

    const caller& modules_;
};

// Whose session token it is, for the router.
core::awaitable<core::result<session>> find_session(const caller& modules, std::string token, const request& request);

}  // namespace web
