#include "operated_module.hpp"

namespace web::testing {

operated_module::operated_module(scripted_bus& bus, std::string name) : name_{std::move(name)} {
    using std::bind_front;
    bus.answer_named<bus::get_status>(name_ + ".bus.status", bind_front(&operated_module::status, this));
    bus.answer_named<bus::search_events>(name_ + ".bus.events", bind_front(&operated_module::events, this));
    bus.answer_named<bus::search_dead_letters>(name_ + ".bus.dead_letters", bind_front(&operated_module::search, this));
    bus.answer_named<bus::get_dead_letter>(name_ + ".bus.dead_letter", bind_front(&operated_module::get, this));
    bus.answer_named<bus::retry_dead_letters>(name_ + ".bus.retry_dead_letters",
                                              bind_front(&operated_module::retry, this));
    bus.answer_named<bus::drop_dead_letter>(name_ + ".bus.drop_dead_letter", bind_front(&operated_module::drop, this));
    bus.answer_named<bus::start_replay>(name_ + ".bus.replay", bind_front(&operated_module::replay, this));
}

}  // namespace web::testing
