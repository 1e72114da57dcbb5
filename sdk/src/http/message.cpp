#include <calluna/http/message.hpp>

#include <algorithm>
#include <array>

namespace calluna::http {
namespace {

constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                  "PATCH", "DELETE", "OPTIONS"};
/// They say how a message is sent, which is ours.
constexpr std::array<std::string_view, 10> ours{
    "host",    "content-length", "transfer-encoding", "connection",      "upgrade", "te",
    "trailer", "expect",         "keep-alive",        "proxy-connection"};
constexpr std::array<std::string_view, 5> for_anybody{"accept", "accept-language", "content-type",
                                                      "content-language", "user-agent"};
constexpr std::size_t most_fields = 100, longest_field = 8 * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

template <std::size_t N>
bool among(std::array<std::string_view, N> const& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

}  // namespace

std::optional<std::string_view> known_method(std::string_view name) noexcept {
  auto const found = std::find(methods.begin(), methods.end(), name);
  return found == methods.end() ? std::nullopt : std::optional(*found);
}

result<void> check(request const& r) {
  if (!known_method(r.method))
    return fail(error_kind::invalid,
                "method: it is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
  if (!r.body.empty() && (r.method == "GET" || r.method == "HEAD"))
    return fail(error_kind::invalid, "method: " + r.method + " has no body");
  if (r.fields.size() > most_fields)
    return fail(error_kind::invalid, "headers: there are more than " + std::to_string(most_fields));
  for (auto const& [name, value] : r.fields) {
    if (!is_token(name))
      return fail(error_kind::invalid, "headers: a name has a letter that no header's name has");
    if (among(ours, lower(name)))
      return fail(error_kind::invalid, "headers: " + name + " is set by the client itself");
    if (has_control(value))
      return fail(error_kind::invalid,
                  "headers: the value of " + name + " holds a line's end or a control character");
    if (value.size() > longest_field)
      return fail(error_kind::invalid, "headers: the value of " + name + " is longer than " +
                                           std::to_string(longest_field) + " bytes");
  }
  return {};
}

headers gathered(headers const& fields) {
  headers all;
  for (auto const& [name, value] : fields) {
    auto plain = lower(name);
    auto const known =
        std::find_if(all.begin(), all.end(), [&](auto const& one) { return one.first == plain; });
    if (known == all.end())
      all.emplace_back(std::move(plain), value);
    else
      known->second += (plain == "set-cookie" ? "\n" : ", ") + value;
  }
  return all;
}

std::string_view find(headers const& fields, std::string_view name) noexcept {
  for (auto const& [known, value] : fields)
    if (known == name) return value;
  return {};
}

bool is_harmless(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

namespace {

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// `r`, after `status` from `from`, as it goes on to `to`.
request redirected(request r, int status, url const& from, url const& to) {
  r.url = to.text();
  if (from.origin() != to.origin())
    std::erase_if(r.fields, [](auto const& one) { return !among(for_anybody, lower(one.first)); });
  bool const to_get = status == 303 || ((status == 301 || status == 302) && r.method == "POST");
  if (!to_get || r.method == "GET" || r.method == "HEAD") return r;
  r.method = "GET";
  r.body.clear();
  std::erase_if(r.fields,
                [](auto const& one) { return lower(one.first).rfind("content-", 0) == 0; });
  return r;
}

}  // namespace

result<std::optional<request>> next_request(request const& asked, url const& from,
                                            response const& r, unsigned followed) {
  auto const location = find(r.fields, "location");
  if (asked.follow == 0 || !is_redirect(r.status) || location.empty()) return std::nullopt;
  if (followed >= asked.follow)
    return fail(error_kind::protocol, from.origin() + ": it redirects more than " +
                                          std::to_string(asked.follow) + " times");
  auto const to = resolve(from, location);
  if (!to)
    return fail(error_kind::protocol,
                from.origin() + ": it redirects to nowhere: " + to.error().message);
  if (from.encrypted && !to->encrypted)
    return fail(error_kind::refused, from.origin() + ": it redirects from https to http");
  return redirected(asked, r.status, from, *to);
}

}  // namespace calluna::http
