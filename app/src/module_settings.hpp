#pragma once

#include <bus/amqp/settings.hpp>
#include <bus/message_bus.hpp>
#include <config/settings.hpp>
#include <core/tracer.hpp>
#include <email/settings.hpp>
#include <logging/module.hpp>
#include <product/module.hpp>
#include <registration/module.hpp>
#include <string>
#include <web/edge.hpp>

// From what an operator sets to what each part takes.
namespace app {

[[nodiscard]] core::trace_rules trace_rules_of(const config::settings& settings);
[[nodiscard]] bus::settings bus_settings_of(const config::settings& settings);
// What the bus needs to reach other processes; `url` is set.
[[nodiscard]] bus::amqp::settings broker_settings_of(const config::settings& settings);
// With TLS.
[[nodiscard]] web::tls_files tls_files_of(const config::settings& settings);
// `process`: the name of this process on the bus.
[[nodiscard]] web::edge_settings edge_settings_of(const config::settings& settings, const std::string& process);
[[nodiscard]] registration::settings registration_settings_of(const config::settings& settings,
                                                              const std::string& public_url);
[[nodiscard]] email::settings email_settings_of(const config::settings& settings, const std::string& public_url);
[[nodiscard]] logging::settings logging_settings_of(const config::settings& settings);
[[nodiscard]] product::settings product_settings_of(const config::settings& settings);

}  // namespace app
