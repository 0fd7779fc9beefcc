#include <core/embedded_file.hpp>
#include <registration/module.hpp>

#include "account_service.hpp"
#include "administration_service.hpp"
#include "session_service.hpp"
#include "sign_up_service.hpp"

namespace registration {

struct module::implementation {
    implementation(bus::module_context given, registration::settings options)
        : context{std::move(given)}, settings{std::move(options)} {
        sign_up.answer();
        sessions.answer();
        accounts.answer();
        administration.answer();
    }

    bus::module_context context;
    registration::settings settings;
    password_hasher hasher{context.runtime,
                           {.threads = settings.hash_threads, .queue = settings.hash_queue},
                           {settings.hash_memory, settings.hash_passes}};
    sign_in_guard guard{settings.sign_ins_per_account, settings.sign_ins};
    account_counters counters{context.runtime.metrics};
    surroundings around{context, settings, hasher, guard, counters};
    sign_up_service sign_up{around};
    session_service sessions{around};
    account_service accounts{around};
    administration_service administration{around};
};

module::module(bus::module_context context, settings settings) :implementation_{
    std::make_unique<implementation>(std::move(context), std::move(settings))} {}

module::~module() = default;

void module::stop() { implementation_->hasher.stop(); }

}  // namespace registration
