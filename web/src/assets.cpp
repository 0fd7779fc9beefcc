#include "assets.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <core/embedded_file.hpp>
#include <core/hex.hpp>
#include <span>
#include <vector>

#include "text.hpp"

namespace web {

std::span<const core::embedded_file> asset_files();

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> types{{
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml; charset=utf-8"},
}};

std::string_view type_of(std::string_view name) {
    for (const auto& [ending, type] : types)
        if (name.ends_with(ending)) return type;
    return "application/octet-stream";
}

std::string version_of(std::string_view content) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    const std::vector<unsigned char> bytes{content.begin(), content.end()};
    crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
    return core::to_hex(std::as_bytes(std::span{hash}).first(8));
}

const std::vector<asset>& all_assets() {
    static const auto assets = [] {
        std::vector<asset> list;
        for (const auto& file : asset_files())
            list.push_back({file.name, file.content, type_of(file.name), version_of(file.content)});
        return list;
    }();
    return assets;
}

response answer_with(const asset& asset, const request& request) {
    const auto etag = '"' + asset.version + '"';
    response answer;
    // A page names the version that it wants, so what it gets never changes; without one the browser asks each time.
    answer.cache_control =
        request.query.value_or_empty("v") == asset.version ? "public, max-age=31536000, immutable" : "no-cache";
    answer.with("ETag", etag);
    if (matches_etag(request.header("if-none-match"), etag)) {
        answer.status = 304;
        return answer;
    }
    answer.content_type = asset.type;
    answer.file = asset.content;
    return answer;
}

core::awaitable<response> get_asset(const request& request) {
    const auto* asset = find_asset(request.path_parameters.value_or_empty("name"));
    co_return asset ? answer_with(*asset, request) : problem(404, "There is nothing at this address.");
}

// Browsers ask for it without being told to, above all for answers that are no pages.
core::awaitable<response> get_icon(const request& request) {
    co_return answer_with(*find_asset("favicon.svg"), request);
}

}  // namespace

const asset* find_asset(std::string_view name) {
    const auto& assets = all_assets();
    const auto found = std::ranges::find(assets, name, &asset::name);
    return found == assets.end() ? nullptr : &*found;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        const auto end = if_none_match.find(',');
        auto one = trim(if_none_match.substr(0, end));
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == etag) return true;
        if_none_match = end == std::string_view::npos ? std::string_view{} : if_none_match.substr(end + 1);
    }
    return false;
}

void add_assets(router& router) {
    router.add("GET", "/assets/{name}", get_asset, {.is_untraced = true});
    router.add("GET", "/favicon.ico", get_icon, {.is_untraced = true});
}

}  // namespace web
