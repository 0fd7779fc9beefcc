#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "import_chunks.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "patient_api.hpp"
#include "progress_line.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string import_path = "/api/v1/product-imports";
constexpr std::size_t most_problems_told = 1000;

struct totals {
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::uint64_t unchanged = 0;
    std::uint64_t done_before = 0;  // of these

    [[nodiscard]] std::uint64_t all() const { return created + updated + unchanged; }
    void add(const json& answer) {
        const auto before = all();
        created += answer.value("created", std::uint64_t{0});
        updated += answer.value("updated", std::uint64_t{0});
        unchanged += answer.value("unchanged", std::uint64_t{0});
        if (answer.value("was_done_before", false)) done_before += all() - before;
    }
};

// What the first reading of a file has found.
struct file_facts {
    std::uint64_t products = 0;
    std::vector<line_digest> chunks{};
    std::vector<line_problem> problems{};  // the first ones, by line
    std::uint64_t problem_count = 0;
    totals foreseen{};

    void add(std::vector<line_problem> found) {
        std::multimap<std::uint64_t, std::string> by_line;
        for (auto& one : found) by_line.emplace(one.line, std::move(one.text));
        problem_count += by_line.size();
        for (auto& [line, text] : by_line)
            if (problems.size() < most_problems_told) problems.push_back({line, std::move(text)});
    }
};

// Lines, share of the file, speed.
class import_progress {
public:
    import_progress(const char* doing, std::uint64_t bytes) : doing_{doing}, bytes_{bytes} {}
    void show(std::uint64_t products, std::uint64_t bytes) {
        const auto took = std::chrono::duration<double>{std::chrono::steady_clock::now() - began_}.count();
        const auto percent = bytes_ == 0 ? 100 : bytes * 100 / bytes_;
        line_.show(doing_ + std::to_string(products) + " lines, " + std::to_string(percent) + " %, " +
                   std::to_string(static_cast<std::uint64_t>(static_cast<double>(products) / std::max(took, 0.001))) +
                   " lines/s");
    }

private:
    std::string doing_;
    std::uint64_t bytes_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    progress_line line_;
};

class file_import {
public:
    file_import(const config::settings& settings, const import_source& source) : api_{settings}, source_{source} {}

    // Nothing is written.
    file_facts check() {
        file_facts facts;
        line_checker checker;
        import_chunks chunks{source_, &checker};
        import_progress progress{"checked ", source_.size()};
        while (auto next = chunks.next()) {
            auto& chunk = next->chunk;
            const auto answer = api_.send(message(chunk, "?check=true", ""), "");
            if (answer.status == 422)
                add_problems(answer, chunk);
            else if (answer.status != 200)
                throw core::fatal_error{exit_code::no, reason_in(answer)};
            else
                facts.foreseen.add(json::parse(answer.text, nullptr, false));
            facts.products += chunk.products;
            facts.chunks.push_back(next->digest);
            facts.add(std::move(chunk.problems));
            progress.show(facts.products, chunk.end);
        }
        return facts;
    }

    totals import(const file_facts& facts) {
        totals done;
        const auto name = name_of(facts.chunks);
        import_chunks chunks{source_};
        import_progress progress{"imported ", source_.size()};
        for (const auto& known : facts.chunks) {
            const auto so_far = told(done, facts);
            const auto next = chunks.next();
            if (!next || next->digest != known) throw core::fatal_error{exit_code::no, changed(done)};
            // A day long the server knows each chunk by this, so that a second run changes nothing.
            const auto key = "file-" + name + "-" + std::to_string(next->chunk.first_line);
            const auto answer = api_.send(message(next->chunk, "", key), so_far);
            if (answer.status != 200) throw core::fatal_error{exit_code::no, reason_in(answer) + so_far};
            done.add(json::parse(answer.text, nullptr, false));
            progress.show(done.all(), next->chunk.end);
        }
        if (chunks.next()) throw core::fatal_error{exit_code::no, changed(done)};
        return done;
    }

private:
    static admin_api::message message(const line_chunk& chunk, const char* query, std::string key) {
        return {.method = "POST",
                .path = import_path + query,
                .body = chunk.text,
                .content_type = "application/jsonl",
                .idempotency_key = std::move(key)};
    }

    static void add_problems(const http_answer& answer, line_chunk& chunk) {
        const auto problem = json::parse(answer.text, nullptr, false);
        for (const auto& one : problem.value("errors", json::array()))
            chunk.problems.push_back(problem_in_file(chunk, text_of(one, "field"), text_of(one, "detail")));
    }

    [[nodiscard]] std::string told(const totals& done, const file_facts& facts) const {
        return "\n" + std::to_string(done.all()) + " of " + std::to_string(facts.products) + " products are in; " +
               (source_.is_copy() ? "the same lines, given again," : "the same command") +
               " will go on from there, within a day";
    }

    [[nodiscard]] std::string changed(const totals& done) const {
        auto text = source_.name() + " was changed while it was read; " + std::to_string(done.all()) +
                    " of its products are in";
        if (done.all() > 0) text += ", and those without an id will be made again by another import of it";
        return text;
    }

    patient_api api_;
    const import_source& source_;
};

void tell_problems(const file_facts& facts, const import_source& source) {
    std::string text;
    for (const auto& [line, problem] : facts.problems)
        text += printable("line " + std::to_string(line) + ": " + problem) + "\n";
    if (facts.problem_count > facts.problems.size())
        text += "and " + std::to_string(facts.problem_count - facts.problems.size()) + " more\n";
    text += "nothing was imported of " + printable(source.name()) + "\n";
    std::fputs(text.c_str(), stderr);
}

void tell(const totals& done, bool as_json, bool is_check) {
    if (as_json) {
        print_json({{"products", done.all()},
                    {"created", done.created},
                    {"updated", done.updated},
                    {"unchanged", done.unchanged},
                    {"done_before", done.done_before},
                    {"check", is_check}});
        return;
    }
    auto text = std::to_string(done.all()) + " products: " + std::to_string(done.created) + " new, " +
                std::to_string(done.updated) + " changed, " + std::to_string(done.unchanged) + " as they were";
    if (done.done_before > 0) text += "; " + std::to_string(done.done_before) + " of them by an earlier run";
    if (done.all() == 0) text = "no products: there is no line in it that is not blank";
    print((is_check ? "would import " : "") + text + "\n");
}

}  // namespace

exit_code import_products(const command& command, const config::loaded& configuration) {
    const import_source source{command.operation.file};
    file_import run{configuration.values, source};
    const auto facts = run.check();
    if (facts.problem_count > 0) {
        tell_problems(facts, source);
        return exit_code::no;
    }
    tell(command.check ? facts.foreseen : run.import(facts), command.as_json, command.check);
    return exit_code::done;
}

}  // namespace app
