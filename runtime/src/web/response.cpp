#include "response.hpp"

#include <calluna/runtime/web/token_store.hpp>

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace calluna::runtime::web {
namespace {

constexpr std::array servers_own{"connection",
                                 "keep-alive",
                                 "proxy-authenticate",
                                 "proxy-connection",
                                 "te",
                                 "trailer",
                                 "transfer-encoding",
                                 "upgrade",
                                 "content-length",
                                 "date"};

bool is_token(std::string_view text) {
  auto const fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t';
  });
}

bool same_name(std::string_view a, std::string_view b) {
  auto const low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return low(x) == low(y); });
}

std::string_view find(bindings::http_headers const& headers, std::string_view name) {
  for (auto const& [n, value] : headers)
    if (same_name(n, name)) return value;
  return {};
}

void add_unless_there(bindings::http_headers& headers, std::string_view name,
                      std::string_view value) {
  if (find(headers, name).empty()) headers.emplace_back(name, value);
}

}  // namespace

std::string http_date(std::int64_t at) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto const time = static_cast<std::time_t>(at);
  std::tm t{};
  ::gmtime_r(&time, &t);
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
      months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string write_head(response_head const& head) {
  auto const reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(head.status)));
  auto out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", head.status,
                         std::string_view{reason.data(), reason.size()}, http_date(unix_now()));
  for (auto const& [name, value] : head.headers) out.append(name + ": " + value + "\r\n");
  bool const bodiless = head.status == 204 || head.status == 304 || head.status == 101;
  if (head.has_length && !bodiless) out += fmt::format("Content-Length: {}\r\n", head.length);
  if (head.status == 101)
    out += "Connection: Upgrade\r\n";
  else if (!head.keep_alive)
    out += "Connection: close\r\n";
  else if (head.old)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  return out;
}

result<void> check_response(bindings::http_response const& response) {
  if (response.status < 200 || response.status > 599)
    return fail(error_kind::invalid,
                fmt::format("{} is no status to answer with", response.status));
  if (!response.body.empty() && (response.status == 204 || response.status == 304))
    return fail(error_kind::invalid, fmt::format("status {} has no body", response.status));
  for (auto const& [name, value] : response.headers) {
    if (!is_token(name))
      return fail(error_kind::invalid, fmt::format("'{}' is no name for a header", name));
    if (!is_value(value))
      return fail(error_kind::invalid,
                  fmt::format("the header '{}' has a line end or control character in it", name));
    for (auto const own : servers_own)
      if (same_name(name, own))
        return fail(error_kind::invalid, fmt::format("the header '{}' is the server's", name));
  }
  return {};
}

void add_default_headers(bindings::http_headers& headers, bool has_body) {
  if (!has_body) return;
  add_unless_there(headers, "Content-Type", "text/plain; charset=utf-8");
  // A browser does not guess another type than we say.
  add_unless_there(headers, "X-Content-Type-Options", "nosniff");
  if (find(headers, "Content-Type").substr(0, 9) != "text/html") return;
  add_unless_there(headers, "Referrer-Policy", "same-origin");
  add_unless_there(headers, "Content-Security-Policy", "frame-ancestors 'none'");
}

}  // namespace calluna::runtime::web
