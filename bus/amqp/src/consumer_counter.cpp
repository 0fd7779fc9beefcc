#include "consumer_counter.hpp"

#include <utility>

#include "library_types.hpp"

namespace bus::amqp {

void answer(announcer& voice, const std::shared_ptr<consumer_question>& question,
            std::optional<std::uint32_t> consumers) {
    voice.post([question, consumers](link_listener&) {
        question->is_answered = true;
        question->consumers = consumers;
        question->answered.notify();
    });
}

consumer_counter::~consumer_counter() {
    for (const auto& question : questions_) answer(voice_, question, std::nullopt);
}

void consumer_counter::ask(std::deque<std::shared_ptr<consumer_question>> questions) {
    for (auto& question : questions) questions_.push_back(std::move(question));
    ask_next();
}

void consumer_counter::ask_next() {
    if (is_busy_ || questions_.empty()) return;
    amqp_queue_declare_t method{};
    method.queue = bytes_of(questions_.front()->queue);
    method.passive = 1;
    connection_.send(channel_, AMQP_QUEUE_DECLARE_METHOD, &method);
    is_busy_ = true;
}

void consumer_counter::settle(std::optional<std::uint32_t> consumers) {
    if (questions_.empty()) return;
    answer(voice_, questions_.front(), consumers);
    questions_.pop_front();
}

void consumer_counter::handle(const amqp_method_t& method) {
    if (method.id == AMQP_QUEUE_DECLARE_OK_METHOD) {
        settle(static_cast<const amqp_queue_declare_ok_t*>(method.decoded)->consumer_count);
        is_busy_ = false;
    } else if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        settle(std::nullopt);
        amqp_channel_close_ok_t closed{};
        connection_.send(channel_, AMQP_CHANNEL_CLOSE_OK_METHOD, &closed);
        amqp_channel_open_t opened{};
        connection_.send(channel_, AMQP_CHANNEL_OPEN_METHOD, &opened);
    } else if (method.id == AMQP_CHANNEL_OPEN_OK_METHOD) {
        is_busy_ = false;
    }
    ask_next();
}

}  // namespace bus::amqp
