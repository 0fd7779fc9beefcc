#include <core/email_address.hpp>
#include <core/exit.hpp>
#include <email/module.hpp>

#include "account_mails.hpp"
#include "delivery.hpp"
#include "handlers.hpp"
#include "mail_words.hpp"
#include "trap.hpp"

namespace email {
namespace {

settings checked(settings settings) {
    const auto wrong = [](const std::string& what) { throw core::fatal_error{core::exit_code::configuration, what}; };
    const auto from = core::parse_email_address(settings.from_address, core::domain_form::any);
    if (!from) wrong("email.from: " + from.error());
    if (!is_header_text(settings.from_name)) wrong("email.from: the name contains control characters");
    if (settings.connections == 0) wrong("email.connections: at least 1 is needed");
    if (settings.retry.empty()) wrong("email.retry: at least one pause is needed");
    settings.from_address = from->canonical;
    return settings;
}

}  // namespace

struct module::implementation {
    implementation(const bus::module_context& context, email::settings given)
        : settings{checked(std::move(given))},
          delivery{context, settings},
          words{context.runtime, context.database, context.log, "words of mails", &mail_words::index_some},
          handlers{context, settings, delivery, words},
          account_mails{context, settings, delivery, words} {
        if (settings.trap) trap.emplace(context, settings, words, *settings.trap);
    }

    const email::settings settings;
    email::delivery delivery;
    storage::deferred_index words;
    email::handlers handlers;
    email::account_mails account_mails;
    std::optional<email::trap> trap;
};

module::module(const bus::module_context& context,
               settings settings) :implementation_{std::make_unique<implementation>(context, std::move(settings))} {}

module::~module() = default;

void module::start() {
    implementation_->handlers.add();
    implementation_->account_mails.add();
    implementation_->delivery.start();
    implementation_->words.start();
    if (implementation_->trap) implementation_->trap->start();
}

core::awaitable<void> module::stop(std::chrono::milliseconds limit) {
    if (implementation_->trap) co_await implementation_->trap->stop();
    co_await implementation_->delivery.stop(limit);
    co_await implementation_->words.stop();
    implementation_->handlers.stop();
}

std::vector<std::string> module::servers_away() const { return implementation_->delivery.servers_away(); }

std::uint16_t module::trap_port() const { return implementation_->trap ? implementation_->trap->port() : 0; }

std::string module::trouble() const { return implementation_->delivery.trouble(); }

}  // namespace email
