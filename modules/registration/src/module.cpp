#include <core/embedded_file.hpp>
#include <functional>
#include <registration/module.hpp>
#include <span>

#include "password_hasher.hpp"
#include "service.hpp"

namespace registration {

struct module::implementation {
    implementation(bus::module_context given, registration::settings options)
        : context{std::move(given)},
          settings{std::move(options)},
          hasher{context.runtime.loop, settings.hash_threads, settings.hash_queue},
          service{context, settings, hasher} {}

    bus::module_context context;
    registration::settings settings;
    password_hasher hasher;
    registration::service service;
};

module::module(bus::module_context context, settings settings) :implementation_{
    std::make_unique<implementation>(std::move(context), std::move(settings))} {
    auto& bus = implementation_->context.bus;
    auto& service = implementation_->service;
    bus.answer<register_user>(std::bind_front(&service::register_user, &service));
    bus.answer<confirm>(std::bind_front(&service::confirm, &service));
    bus.answer<mail_link>(std::bind_front(&service::make_mail_link, &service));
}

module::~module() = default;

void module::stop() { implementation_->hasher.stop(); }

}  // namespace registration
