#include "process.hpp"

#include <algorithm>
#include <bus/amqp/transport.hpp>
#include <core/exit.hpp>
#include <core/timeout.hpp>

#include "addresses.hpp"
#include "module_databases.hpp"
#include "module_settings.hpp"

namespace app {

process::process(const core::runtime& runtime, const config::settings& settings, signal_log& log)
    : runtime_{runtime},
      settings_{settings},
      log_{log},
      directory_{settings.data.dir},
      own_metrics_{runtime, settings.data.dir, settings.storage.reserve},
      room_{settings.data.dir, settings.storage.reserve, runtime.time},
      token_{settings.data.dir},
      bus_{runtime, bus_settings_of(settings), transport()},
      edge_{edge_parts(), edge_settings_of(settings, bus_.process())} {
    if (const auto& trouble = room_.trouble(); !trouble.empty())
        throw core::fatal_error{core::exit_code::storage_failed, trouble};
    token_.ensure();
    edge_.listen();
    public_url_ = links_begin_with();
    for (auto& one : database_settings_of(settings)) {
        auto name = one.name;
        databases_.try_emplace(std::move(name), runtime, std::move(one));
    }
    if (runs("registration"))
        registration_.emplace(context_for("registration"), registration_settings_of(settings, public_url_));
    if (runs("email")) email_.emplace(context_for("email"), email_settings_of(settings, public_url_));
    if (runs("logging")) {
        auto chosen = logging_settings_of(settings);
        chosen.is_disk_full = [this] { return !room_.trouble().empty(); };
        logging_.emplace(context_for("logging"), std::move(chosen));
    }
    if (runs("product")) product_.emplace(context_for("product"), product_settings_of(settings));
    if (const auto& url = settings.tracing.otlp_endpoint; !url.empty())
        collector_.emplace(runtime, url, otlp_resource{.version = BUSBAR_VERSION, .instance = bus_.process()});
    spans_.emplace(runtime, *web_door_, bus_.process(), collector_ ? &*collector_ : nullptr);
    // Last, when nothing can throw any more: the log outlives this process, and must not keep a bus that is gone.
    log_.connect(*web_door_);
}

process::~process() { log_.disconnect(); }

void process::start() {
    if (logging_) logging_->start();
    if (email_) email_->start();
    if (product_) product_->start();
    // Said to be asked, so that their presence is watched. Without a broker those that are not here are nowhere, on
    // purpose.
    if (settings_.bus.url)
        for (const auto& module : names_of_modules_with_data()) web_door_->add_asked(module + ".bus.status");
    spans_->start();
    bus_.start();
    check_that_all_are_known(bus_.status());
    edge_.start();
}

core::awaitable<void> process::stop(std::chrono::milliseconds grace) {
    is_stopping_ = true;
    const auto began = runtime_.time.monotonic();
    co_await edge_.stop(began + grace * 4 / 10);
    if (email_) {
        // What does not end is broken off, which takes two seconds at most, and the bus is to have its time after it.
        const auto until = began + std::max(grace * 8 / 10 - std::chrono::seconds{2}, grace * 3 / 10);
        co_await email_->stop(std::chrono::floor<std::chrono::milliseconds>(until - runtime_.time.monotonic()));
    }
    spans_->hand_on();                                         // before there is nobody to hand it to
    std::ignore = co_await bus_.stop(began + grace * 8 / 10);  // it has told what is unfinished
    log_.disconnect();
    co_await spans_->stop();
    if (collector_) collector_->stop();
    if (product_) co_await product_->stop();
    if (logging_) co_await logging_->stop();
    if (registration_) registration_->stop();
    for (auto& [name, database] : databases_) database.stop();
}

bool process::runs(std::string_view module) const {
    return std::ranges::find(settings_.modules, module) != settings_.modules.end();
}

std::unique_ptr<bus::transport> process::transport() const {
    if (!settings_.bus.url) return nullptr;
    return bus::amqp::make_transport(runtime_, broker_settings_of(settings_));
}

std::string process::links_begin_with() const {
    if (!settings_.http.public_url.empty()) return settings_.http.public_url;
    // Where the module web runs elsewhere its address is not known here: the setting is the best guess.
    return std::string{scheme_of(settings_)} + "://" +
           (runs("web") ? edge_.http_address() : address_of(settings_.http.listen));
}

bus::module_context process::context_for(const std::string& module) {
    auto& database = databases_.at(module);
    return {runtime_, database, bus_.attach(module, &database), runtime_.log_for(module)};
}

web::edge_parts process::edge_parts() {
    return {.loop = runtime_.loop,
            .clock = runtime_.time,
            .log = runtime_.log_for("web"),
            .logs = runtime_.logs,
            .bus = *(web_door_ = &bus_.attach("web", nullptr)),
            .metrics = runtime_.metrics,
            .traces = runtime_.traces,
            .admin_token = [this] { return token_.current(); },
            .failing = [this] { return failing(); },
            .lacking = [this] { return lacking(); },
            .admission = [this] { return admission(); }};
}

std::optional<core::error> process::admission() {
    if (!room_.trouble().empty())
        return core::error{core::error_kind::storage_full, "The disk is nearly full; nothing was changed."};
    if (const auto& reason = bus_.overload(); !reason.empty()) return core::error{core::error_kind::overloaded, reason};
    return std::nullopt;
}

std::vector<web::failing_part> process::failing() {
    std::vector<web::failing_part> parts;
    if (is_stopping_) parts.push_back({"process", "is stopping"});
    if (const auto& trouble = room_.trouble(); !trouble.empty()) parts.push_back({"storage", trouble});
    for (const auto& [name, database] : databases_)
        if (auto trouble = database.trouble(); !trouble.empty())
            parts.push_back({"storage " + name, std::move(trouble)});
    if (bus_.is_starting()) parts.push_back({"bus", "is connecting"});
    for (auto& trouble : bus_.failing()) parts.push_back({"bus", std::move(trouble)});
    if (email_)
        if (auto trouble = email_->trouble(); !trouble.empty()) parts.push_back({"email", std::move(trouble)});
    return parts;
}

std::vector<web::failing_part> process::lacking() const {
    std::vector<web::failing_part> parts;
    for (auto& reason : bus_.lacking()) parts.push_back({"bus", std::move(reason)});
    if (email_)
        for (auto& reason : email_->servers_away()) parts.push_back({"email", std::move(reason)});
    return parts;
}

}  // namespace app
