#pragma once

#include <core/clock.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace storage {

// A row of an event log.
struct event_record {
    std::int64_t sequence = 0;
    std::int64_t epoch = 0;
    std::string id;    // UUIDv7
    std::string type;  // for example "registration.user_registered"
    std::int64_t version = 1;
    std::string key;  // order is kept among events of one key
    core::timestamp time{};
    std::string traceparent;
    std::string cause;  // id of the event that was being handled; empty at the edge
    std::string data;   // JSON
};

// The object that `data` was encoded from, so that handlers of the same process need not decode it.
struct live_object {
    std::shared_ptr<const void> object;
    const void* type = nullptr;  // the address of something that stands for its C++ type
};

struct committed_event {
    std::shared_ptr<const event_record> record;
    live_object live;
};

struct log_epoch {
    std::int64_t epoch = 0;
    std::int64_t first_sequence = 0;
};

}  // namespace storage
