#include "gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace calluna::runtime::web {
namespace {

constexpr std::array methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

tl::unexpected<denial> deny(int status, refusal why, std::string text,
                            bindings::http_headers headers = {}) {
  return tl::unexpected<denial>(denial{status, why, std::move(text), std::move(headers)});
}

bool same_text(std::string_view a, std::string_view b) {
  auto const low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return low(x) == low(y); });
}

std::string_view without_port(std::string_view host) {
  auto const from = host.front() == '[' ? host.find(']') : 0;
  return host.substr(0, host.find(':', from));
}

std::string_view bearer(request_head const& head) {
  auto const value = head.field("authorization");
  if (!same_text(value.substr(0, 7), "Bearer ")) return {};
  auto const from = value.find_first_not_of(' ', 7);
  return from == std::string_view::npos ? std::string_view{} : value.substr(from);
}

std::string cookie(request_head const& head) {
  for (auto const& [name, value] : head.fields) {
    if (name != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto const end = rest.find(';');
      auto one = rest.substr(0, end);
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      if (one.substr(0, 8) == "calluna=") return std::string{one.substr(8)};
    }
  }
  return {};
}

std::string seconds_up(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

tl::unexpected<denial> wrong_token(server_core& core, client const& who) {
  auto const pause = core.guesses.wrong(who.from.group(), core.time->now());
  if (pause.count() != 0)
    return deny(429, refusal::guessing, "too many wrong tokens from this address",
                {{"Retry-After", std::to_string(pause.count())}});
  return deny(401, refusal::wrong_token, "this token is not known, or has expired",
              {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}});
}

/// A cookie comes with whatever a page anywhere makes the browser ask; only our own pages may.
bool may_use_cookie(request_head const& head, bool upgrade) {
  auto const from = origin_of(head);
  bool const reads = (head.method == "GET" || head.method == "HEAD") && !upgrade;
  return from == origin::same || (from == origin::unknown && reads);
}

}  // namespace

client client_of(server_core const& core, request_head const& head, address const& peer, bool tls) {
  auto const& proxies = core.options.trusted_proxies;
  auto const forwarded = head.joined("x-forwarded-for");
  bool const by_proxy = any_contains(proxies, peer);
  client out{client_behind(peer, forwarded, proxies), tls, false};
  if (by_proxy && same_text(head.field("x-forwarded-proto"), "https")) out.encrypted = true;
  out.veiled = !by_proxy && (!forwarded.empty() || head.count("forwarded") != 0);
  return out;
}

tl::expected<target_parts, denial> check_head(server_core const& core, request_head const& head) {
  auto const known = std::find(methods.begin(), methods.end(), head.method) != methods.end();
  if (!known) return deny(501, refusal::method, "this method is not known here");
  auto const target = split_target(head.target);
  if (!target) return deny(400, refusal::path, "the target is no path");
  auto const host = head.field("host");
  if (host.empty() && head.old && core.options.allowed_hosts.empty()) return *target;
  if (!is_host(host)) return deny(400, refusal::host, "the Host header is missing or wrong");
  auto const& allowed = core.options.allowed_hosts;
  auto const name = without_port(host);
  auto const ours = std::any_of(allowed.begin(), allowed.end(),
                                [&](std::string const& h) { return same_text(h, name); });
  if (!allowed.empty() && !ours)
    return deny(421, refusal::host, "this server does not answer for this host");
  return *target;
}

origin origin_of(request_head const& head) {
  if (auto const site = head.field("sec-fetch-site"); !site.empty())
    return site == "same-origin" || site == "none" ? origin::same : origin::other;
  auto const from = head.field("origin");
  if (from.empty()) return origin::unknown;
  auto const scheme = from.find("://");
  if (scheme == std::string_view::npos) return origin::other;  // "null"
  return same_text(from.substr(scheme + 3), head.field("host")) ? origin::same : origin::other;
}

tl::expected<std::optional<token_entry>, denial> check_token(
    server_core& core, request_head const& head, client const& who, std::string_view path,
    bool open, std::vector<network> const& networks, bool upgrade) {
  bool const near = !who.veiled && any_contains(networks, who.from);
  std::string text{bearer(head)};
  bool cross_site = false;
  if (text.empty()) {
    text = cookie(head);
    if (!text.empty() && !may_use_cookie(head, upgrade)) {
      cross_site = true;
      text.clear();
    }
  }
  if (!text.empty()) {
    core.refresh_tokens();
    auto token = core.tokens->find(text, unix_now());
    if (token && token->good_for(path)) return token;
    if (!open && !near && token)
      return deny(403, refusal::scope, "this token is not for this path");
    if (!open && !near) return wrong_token(core, who);
  }
  if (open) return std::nullopt;
  if (near) {
    // From inside of an office, any page of the world can make a browser ask us.
    if (origin_of(head) == origin::other)
      return deny(403, refusal::cross_site, "a page of another site asks");
    return std::nullopt;
  }
  if (cross_site) return deny(403, refusal::cross_site, "a page of another site asks");
  return deny(401, refusal::no_token, "a token is needed", {{"WWW-Authenticate", "Bearer"}});
}

tl::expected<token_entry, denial> check_given_token(server_core& core, client const& who,
                                                    std::string_view text) {
  core.refresh_tokens();
  if (auto token = core.tokens->find(text, unix_now())) return *token;
  return wrong_token(core, who);
}

std::optional<denial> check_rate(server_core& core, served_route const& route, client const& who,
                                 std::optional<token_entry> const& token) {
  auto const& r = route.route;
  if (r.rate_count == 0) return std::nullopt;
  auto const whose = token && !token->user.empty() ? "u" + token->user : "a" + who.from.group();
  auto const wait = core.rates.take(fmt::format("{} {} {}", r.method, r.path, whose), r.rate_count,
                                    r.rate_period, core.time->now());
  if (wait.count() == 0) return std::nullopt;
  return denial{429, refusal::rate, "too many requests", {{"Retry-After", seconds_up(wait)}}};
}

}  // namespace calluna::runtime::web
