#include <harness/message_tests.hpp>
#include <logging/messages.hpp>
#include <logging/traces.hpp>

BUSBAR_MESSAGE_TESTS(logging, logging::entry_recorded, logging::record_entry, logging::search_entries,
                     logging::follow_entries, logging::spans_recorded, logging::get_trace, logging::search_traces)
