#include <email/dkim.hpp>

#include "commands.hpp"
#include "module_settings.hpp"
#include "output.hpp"

namespace app {
namespace {

// A text of a TXT record has at most 255 bytes; whoever reads the record joins its texts (RFC 6376, section 3.6.2.2).
constexpr std::size_t longest_text = 255;

std::string in_texts(std::string_view value) {
    std::string texts;
    for (; !value.empty(); value.remove_prefix(std::min(longest_text, value.size())))
        texts += " \"" + std::string{value.substr(0, longest_text)} + '"';
    return texts;
}

}  // namespace

core::exit_code print_dkim_record(const command& command, const config::loaded& configuration) {
    const auto settings = email_settings_of(configuration.values, {});
    if (!settings.dkim)
        throw core::fatal_error{core::exit_code::configuration,
                                "email.dkim_key_file is not set, so mails are not signed. Make a key with\n"
                                "    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out dkim.pem\n"
                                "and give its path as email.dkim_key_file, and a name for it as email.dkim_selector"};
    const auto record = email::dkim_record_for(settings);
    if (command.as_json)
        print_json({{"name", record.name}, {"type", "TXT"}, {"value", record.text}});
    else
        print(record.name + ". IN TXT" + in_texts(record.text) + "\n");
    return core::exit_code::done;
}

}  // namespace app
