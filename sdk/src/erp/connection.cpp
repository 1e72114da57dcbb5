#include "connection.hpp"

#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/streamed_body.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <httplib.h>

namespace calluna::erp {
namespace {

using namespace std::chrono;

constexpr auto connect_limit = milliseconds(5000);

std::string_view host_of(std::string_view authority) {
  if (authority.substr(0, 1) == "[") return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
           c == ']';
  });
}

// Newer releases have an error of its own for a certificate with another name, older ones do not
// have its name.
httplib::Error known(httplib::Error e) {
  return httplib::to_string(e) == "SSL server hostname verification failed"
             ? httplib::Error::SSLServerVerification
             : e;
}

// Whether the server may have got something although there is no answer.
bool may_have_been_sent(httplib::Error e) {
  switch (known(e)) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return false;
    default:
      return true;
  }
}

error wire_error(httplib::Error e) {
  switch (known(e)) {
    case httplib::Error::SSLLoadingCerts:
      return {error_kind::refused, "the authorities in `ca_file` cannot be read", false,
              erp_errc::unreachable};
    case httplib::Error::SSLServerVerification:
      return {error_kind::refused,
              "the server's certificate is not trusted: name its authority by `ca_file`", false,
              erp_errc::unreachable};
    case httplib::Error::SSLConnection:
      return {error_kind::offline, "TLS cannot be agreed on", false, erp_errc::unreachable};
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return {error_kind::offline, "no connection", false, erp_errc::unreachable};
    default:
      return {error_kind::offline, "the connection was lost before the answer", false,
              erp_errc::unreachable};
  }
}

// A second handle on a socket, to end it from another thread: httplib's own `stop` waits while a
// connection is being made, and its socket's number may belong to somebody else a moment later.
class socket_handle {
 public:
  ~socket_handle() { hold(-1); }
  void hold(int socket) {
    std::lock_guard const lock(mutex_);
    if (copy_ >= 0) ::close(copy_);
    copy_ = socket < 0 ? -1 : ::dup(socket);
  }
  void shut() {
    std::lock_guard const lock(mutex_);
    if (copy_ >= 0) ::shutdown(copy_, SHUT_RDWR);
  }

 private:
  std::mutex mutex_;
  int copy_ = -1;
};

}  // namespace

result<server_address> parse_url(std::string_view url) {
  auto const bad = [&](std::string_view why) {
    return fail(error_kind::invalid, fmt::format("url '{}': {}", url, why));
  };
  server_address address;
  address.encrypted = url.substr(0, 8) == "https://";
  if (!address.encrypted && url.substr(0, 7) != "http://")
    return bad("it begins with https:// or http://");
  auto const begin = address.encrypted ? std::size_t{8} : std::size_t{7};
  auto const rest = url.substr(begin);
  auto const slash = std::min(rest.find('/'), rest.size());
  auto const authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos)
    return fail(error_kind::invalid, "url: no login belongs into it");
  if (!is_authority(authority)) return bad("it needs a host");
  address.origin = url.substr(0, begin + slash);
  address.path = rest.substr(slash);
  if (address.path.find_first_of("?# \t\r\n") != std::string::npos)
    return bad("nothing may follow its path");
  while (!address.path.empty() && address.path.back() == '/') address.path.pop_back();
  auto const host = host_of(authority);
  address.loopback = host == "localhost" || host == "::1" || host.substr(0, 4) == "127.";
  return address;
}

struct connection::inside {
  inside(server_address const& a, tls_options const& tls, std::size_t max)
      : path(a.path), http(a.origin), max_answer(max) {
    http.set_keep_alive(true);
    http.set_tcp_nodelay(true);
    http.set_follow_location(false);  // the key goes nowhere else
    http.enable_server_certificate_verification(tls.verify);
    if (!tls.ca_file.empty()) http.set_ca_cert_path(tls.ca_file);
    http.set_socket_options([this](auto socket) { handle.hold(socket); });
  }

  void limit(milliseconds budget);
  httplib::Request request_for(http_request const& r) const;

  std::string path;
  socket_handle handle;
  httplib::Client http;
  std::size_t max_answer;
  std::atomic<bool> aborted{false};
};

void connection::inside::limit(milliseconds budget) {
  http.set_connection_timeout(std::min(budget, connect_limit));
  http.set_read_timeout(budget);
  http.set_write_timeout(budget);
}

httplib::Request connection::inside::request_for(http_request const& r) const {
  httplib::Request request;
  request.method = r.method;
  request.path = path + r.path;
  for (auto const& [name, value] : r.headers) request.headers.emplace(name, value);
  if (r.method == "POST") request.headers.emplace("Content-Type", "application/json");
  if (!r.data) request.body = r.body;
  return request;
}

connection::connection(server_address const& address, tls_options const& tls,
                       std::size_t max_answer)
    : inside_(std::make_unique<inside>(address, tls, max_answer)) {}
connection::~connection() = default;

exchange_outcome connection::exchange(http_request const& r, milliseconds budget) {
  auto& in = *inside_;
  if (in.aborted || budget.count() <= 0)
    return {fail(error_kind::timeout, "no connection was free in time", true, erp_errc::timeout),
            false};
  auto const end = steady_clock::now() + budget;
  in.limit(budget);
  auto request = in.request_for(r);
  std::string body;
  bool too_large = false, unreadable = false;
  request.content_receiver = [&](char const* data, std::size_t size, std::uint64_t, std::uint64_t) {
    too_large = body.size() + size > in.max_answer;
    if (too_large || in.aborted || steady_clock::now() > end) return false;
    body.append(data, size);
    return true;
  };
  if (r.data) {
    auto const streamed = std::make_shared<streamed_body>(r.body, r.data, r.tail);
    request.content_length_ = streamed->size();
    request.content_provider_ = [&in, &unreadable, end, streamed](std::size_t at, std::size_t,
                                                                  httplib::DataSink& sink) {
      auto const piece = streamed->piece(at);
      unreadable = piece.empty();
      if (unreadable || in.aborted || steady_clock::now() > end) return false;
      return sink.write(piece.data(), piece.size());
    };
  }
  auto const got = in.http.send(request);
  if (got) return {http_answer{got->status, std::move(body)}, true};
  in.http.stop();  // whatever is left of the exchange must not meet the next one
  in.handle.hold(-1);
  if (unreadable)
    return {fail(error_kind::invalid, "the file changed while it was sent", false, erp_errc::file),
            false};
  if (too_large)
    return {fail(error_kind::protocol,
                 fmt::format("the answer is larger than {} bytes: ask for less", in.max_answer),
                 false, erp_errc::malformed),
            true};
  bool const sent = may_have_been_sent(got.error());
  if (steady_clock::now() >= end)
    return {fail(error_kind::timeout, "no answer in time", false, erp_errc::timeout), sent};
  return {fail(wire_error(got.error())), sent};
}

void connection::abort() noexcept {
  inside_->aborted = true;
  inside_->handle.shut();
}

void connection::rearm() noexcept {
  inside_->aborted = false;
}

}  // namespace calluna::erp
