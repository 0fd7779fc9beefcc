#include <email/messages.hpp>
#include <harness/message_tests.hpp>

BUSBAR_MESSAGE_TESTS(email, email::send_email, email::retry_email, email::release_email, email::get_email,
                     email::search_emails, email::get_raw_email, email::email_queued, email::email_sent,
                     email::email_failed)
