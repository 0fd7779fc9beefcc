#include <core/exit.hpp>

#include "command_list.hpp"

namespace app {
namespace {

constexpr const char* a_time = "TIME|AGE";

void add_dead_letters(CLI::App& app, command_list& commands) {
    auto& result = commands.result();
    auto& options = result.operation;
    auto* group = app.add_subcommand("deadletter", "What no retry could deliver");
    group->require_subcommand(1);
    auto* list = commands.add(*group, "list", "All of them, newest failure first", command_name::dead_letters);
    list->add_option("--module", options.module, "Only those of this module")->type_name("MODULE");
    list->add_option("--handler", options.handler, "Only those of this handler")->type_name("HANDLER");
    auto* show = commands.add(*group, "show", "One with its payload and its errors", command_name::show_dead_letter);
    show->add_option("ID", options.ids, "MODULE-NUMBER")->required()->expected(1);
    auto* retry = commands.add(*group, "retry", "Hand them to their handlers again", command_name::retry_dead_letters);
    retry->add_option("ID", options.ids, "MODULE-NUMBER, one or more");
    retry->add_flag("--all", options.all, "All of them");
    retry->add_option("--payload", options.payload, "With this JSON instead of its payload; - is standard input")
        ->type_name("FILE");
    auto* drop = commands.add(*group, "drop", "Give one up", command_name::drop_dead_letter);
    drop->add_option("ID", options.ids, "MODULE-NUMBER")->required()->expected(1);
    for (auto* sub : {list, show, retry, drop}) sub->add_flag("--json", result.as_json, "As JSON");
}

void add_events(CLI::App& app, command_list& commands) {
    constexpr std::int64_t most = 1'000'000;
    auto& result = commands.result();
    auto& options = result.operation;
    auto* events = commands.add(app, "events", "What happened, newest first", command_name::events);
    events->add_option("--type", options.type, "Only events of this type")->type_name("TYPE");
    events->add_option("--source", options.source, "Only events of this module")->type_name("MODULE");
    events->add_option("--since", options.since, "Only what happened since a time, or since 1h ago")->type_name(a_time);
    events->add_flag("--follow", options.follow, "Oldest first, and then what happens from now on");
    events
        ->add_option("--limit", options.limit,
                     "How many at most, of the past. 50, with --follow 10, with --since no limit")
        ->check(CLI::Range(std::int64_t{0}, most));
    events->add_flag("--json", result.as_json, "As JSON; with --follow one object a line");
}

void add_replay(CLI::App& app, command_list& commands) {
    auto& result = commands.result();
    auto& options = result.operation;
    auto* replay = commands.add(app, "replay", "Let a handler have past events again", command_name::replay);
    replay->add_option("--group", options.group, "MODULE.HANDLER, or HANDLER if only one module has it")
        ->required()
        ->type_name("GROUP");
    replay->add_option("--source", options.source, "Whose events, when the handler follows several modules")
        ->type_name("MODULE");
    auto* sequence = replay->add_option("--from-sequence", options.from_sequence, "From this event of the log on");
    replay->add_option("--from-time", options.from_time, "From this time on, or from 1h ago on")
        ->type_name(a_time)
        ->excludes(sequence);
    replay->add_flag("--json", result.as_json, "As JSON");
}

void add_users(CLI::App& app, command_list& commands) {
    auto& result = commands.result();
    auto& options = result.operation;
    auto* group = app.add_subcommand("user", "Who has an account");
    group->require_subcommand(1);
    auto* list = commands.add(*group, "list", "All of them, newest first", command_name::users);
    list->add_option("--search", options.search, "Only those with this in the name or the address")->type_name("TEXT");
    list->add_option("--state", options.state, "Only those in this state")
        ->check(CLI::IsMember({"pending", "active", "disabled"}));
    list->add_flag("--json", result.as_json, "As JSON");
    for (const auto& [name, description, which] :
         {std::tuple{"disable", "Let them not sign in any more; their sessions end", command_name::disable_user},
          {"enable", "Let them sign in again", command_name::enable_user},
          {"end-sessions", "Let them sign in anew, everywhere", command_name::end_sessions}})
        commands.add(*group, name, description, which)
            ->add_option("USER", options.ids, "Id or address, one or more")
            ->required();
}

void add_mails(CLI::App& app, command_list& commands) {
    constexpr std::int64_t most = 1'000'000;
    auto& result = commands.result();
    auto& options = result.operation;
    auto* group = app.add_subcommand("mail", "Mails, and what became of them");
    group->require_subcommand(1);
    auto* list = commands.add(*group, "list", "The newest ones", command_name::mails);
    auto* search = commands.add(*group, "search", "Those with these words", command_name::mails);
    search->add_option("WORDS", options.search, "Each begins a word of subject, addresses or text")->required();
    for (auto* sub : {list, search}) {
        sub->add_option("--receiver", options.receiver, "Only those to this address")->type_name("ADDRESS");
        sub->add_option("--status", options.state, "Only those with this status")
            ->check(CLI::IsMember({"queued", "sending", "sent", "captured", "failed"}));
        sub->add_option("--limit", options.limit, "How many at most, 50")->check(CLI::Range(std::int64_t{1}, most));
    }
    auto* show =
        commands.add(*group, "show", "One, with what the server said of each recipient", command_name::show_mail);
    show->add_option("ID", options.ids, "Of the mail")->required()->expected(1);
    commands.add(*group, "retry", "Send failed ones again, or those that wait at once", command_name::retry_mails)
        ->add_option("ID", options.ids, "Of the mails, one or more")
        ->required();
    commands.add(*group, "release", "Send captured ones after all", command_name::release_mails)
        ->add_option("ID", options.ids, "Of the mails, one or more")
        ->required();
    auto* test = commands.add(*group, "test", "Send one, and say what became of it", command_name::test_mail);
    test->add_option("--to", options.receiver, "Whom to")->required()->type_name("ADDRESS");
    auto* dkim =
        commands.add(*group, "dkim", "Print the DNS record for the key that signs mails", command_name::dkim_record);
    auto* render = commands.add(*group, "render",
                                "Print one that is made from a template, without a server; no template "
                                "lists them",
                                command_name::render_mail, "--data");
    render->add_option("TEMPLATE", options.ids, "Such as welcome")->expected(0, 1);
    render->add_option("--data", options.values, "JSON with what it shows, over examples; - is standard input")
        ->type_name("FILE");
    render->add_option("--part", options.part, "The whole message when not said")
        ->check(CLI::IsMember({"message", "subject", "text", "html"}));
    for (auto* sub : {list, search, show, test, dkim, render}) sub->add_flag("--json", result.as_json, "As JSON");
}

void add_traces(CLI::App& app, command_list& commands) {
    constexpr std::int64_t most = 100'000;
    auto& result = commands.result();
    auto& options = result.operation;
    auto* group =
        commands.add(app, "trace", "Requests and all that came of them: with an ID what it caused, event by event",
                     command_name::explain_trace);
    group->add_option("ID", options.ids, "Of a trace, as in the field X-Trace-Id of an answer")->expected(0, 1);
    group->require_subcommand(0, 1);
    auto* list = commands.add(*group, "list", "The newest ones whose spans are kept", command_name::traces);
    list->add_option("--since", options.since, "Only those since a time, or since 1h ago")->type_name(a_time);
    list->add_option("--module", options.module, "Only those that this module had a part in")->type_name("MODULE");
    list->add_option("--slower-than", options.slower_than, "Only those that took at least so long, such as 100ms")
        ->type_name("TIME");
    list->add_flag("--failed", options.failed, "Only those in which something failed");
    list->add_option("--limit", options.limit, "How many at most, 50")->check(CLI::Range(std::int64_t{1}, most));
    auto* show = commands.add(*group, "show", "The spans of one, as a waterfall", command_name::show_trace);
    show->add_option("ID", options.ids, "Of the trace")->required()->expected(1);
    for (auto* sub : {group, list, show}) sub->add_flag("--json", result.as_json, "As JSON");
}

void add_products(CLI::App& app, command_list& commands) {
    auto& options = commands.result().operation;
    auto* group = app.add_subcommand("product", "Products, in and out of files, and what readers are shown of them");
    group->require_subcommand(1);
    auto* verify =
        commands.add(*group, "verify", "Compare what readers are shown with what was written; 1 when it differs",
                     command_name::verify_products);
    auto* rebuild = commands.add(*group, "rebuild",
                                 "Put right what readers are shown, and make the index of words anew, while serving",
                                 command_name::rebuild_products);
    auto* out = commands.add(*group, "export", "All of them as JSON lines, one object a line, by id",
                             command_name::export_products);
    out->add_option("FILE", options.file,
                    "Appears when it is complete; without it, and for -, they go to standard output");
    auto* in =
        commands.add(*group, "import",
                     "Take products from JSON lines, such as an export: {name, description, price}, and an id for "
                     "one that is known. Nothing is done when any line is wrong; after a break the same command "
                     "goes on where it was, within a day",
                     command_name::import_products);
    in->add_option("FILE", options.file, "- is standard input")->required();
    in->add_flag("--check", commands.result().check, "Only say what would be done, and what is wrong");
    for (auto* sub : {verify, rebuild, out, in})
        sub->add_flag("--json", commands.result().as_json, "What was done, as JSON");
}

void add_logs(CLI::App& app, command_list& commands) {
    constexpr std::int64_t most = 1'000'000;
    auto& result = commands.result();
    auto& options = result.operation;
    auto* group = app.add_subcommand("log", "What the modules log");
    group->require_subcommand(1);
    auto* search = commands.add(*group, "search", "Entries with these words, newest first", command_name::search_log);
    auto* tail = commands.add(*group, "tail", "Entries with these words, as they come", command_name::follow_log);
    for (auto* sub : {search, tail}) {
        sub->add_option(
            "WORDS", options.words,
            "Each begins a word of name or data; field:value, \"some words\"; after -- also -word for those "
            "without it");
        sub->add_option("--module", options.module, "Only those of this module")->type_name("MODULE");
        sub->add_option("--level", options.level, "Only those of this level, or of some: WARNING,ERROR")
            ->type_name("LEVEL");
        sub->add_option("--trace", options.trace, "Only those of this trace")->type_name("ID");
    }
    search->add_option("--since", options.since, "Only those since a time, or since 1h ago")->type_name(a_time);
    search->add_option("--until", options.until, "Only those before a time, or until 1h ago")->type_name(a_time);
    search->add_option("--limit", options.limit, "How many at most, 50")->check(CLI::Range(std::int64_t{1}, most));
    auto* level =
        commands.add(*group, "level", "From which level on modules log, or set it for one until the next start",
                     command_name::log_levels);
    level->add_option("MODULE", options.module, "Such as email");
    level->add_option("LEVEL", options.level, "debug, info, warning, error, or default for what log.level says");
    search->add_flag("--json", result.as_json, "As JSON");
    tail->add_flag("--json", result.as_json, "As JSON, one object a line");
    level->add_flag("--json", result.as_json, "As JSON");
}

}  // namespace

void add_operations(CLI::App& app, command_list& commands) {
    add_dead_letters(app, commands);
    add_events(app, commands);
    add_replay(app, commands);
    add_users(app, commands);
    add_mails(app, commands);
    add_products(app, commands);
    add_logs(app, commands);
    add_traces(app, commands);
    auto* bus = commands.add(app, "bus", "How far each handler is", command_name::bus);
    bus->add_flag("--json", commands.result().as_json, "As JSON");
    auto* console = commands.add(app, "console", "Print a link that signs a browser in, once and within half an hour",
                                 command_name::console);
    console->add_flag("--json", commands.result().as_json, "As JSON");
}

void check_operation(const command& command) {
    const auto& options = command.operation;
    const auto refuse = [](const char* text) { throw core::fatal_error{core::exit_code::usage, text}; };
    if (command.name == command_name::retry_dead_letters) {
        if (options.all == !options.ids.empty()) refuse("deadletter retry takes ids, or --all");
        if (!options.payload.empty() && options.ids.size() != 1) refuse("--payload goes with one id");
    }
    if (command.name == command_name::log_levels && options.module.empty() != options.level.empty())
        refuse("log level takes a module and a level, or nothing");
    if (command.name == command_name::explain_trace && options.ids.empty())
        refuse("trace needs an ID, or one of list and show");
    if (command.name == command_name::replay && !options.from_sequence && options.from_time.empty())
        refuse("replay needs --from-sequence or --from-time");
}

}  // namespace app
