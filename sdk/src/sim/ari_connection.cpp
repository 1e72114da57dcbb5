#include "ari_connection.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <charconv>

namespace calluna::sim {
namespace {

namespace http = boost::beast::http;

std::string decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ec == std::errc{}) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

ari_front::query fields_of(std::string_view text) {
  ari_front::query all;
  while (!text.empty()) {
    auto const end = std::min(text.find('&'), text.size());
    auto const pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto const equals = pair.find('=');
    if (pair.empty()) continue;
    all.emplace_back(
        decoded(pair.substr(0, equals), true),
        equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1), true));
  }
  return all;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> all;
  while (!path.empty()) {
    auto const end = std::min(path.find('/'), path.size());
    if (end != 0) all.push_back(decoded(path.substr(0, end), false));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return all;
}

std::string value_of(ari_front::query const& fields, std::string_view name) {
  for (auto const& [key, value] : fields)
    if (key == name) return value;
  return {};
}

}  // namespace

ari_connection::ari_connection(ari_front& front, std::vector<ari_account> const& accounts,
                               std::shared_ptr<connection> line,
                               std::function<void(std::function<void()> const&)> around)
    : front_(front), accounts_(accounts), line_(std::move(line)), around_(std::move(around)) {}

void ari_connection::start() {
  line_->on_bytes = [self = shared_from_this()](std::string_view bytes) { self->take(bytes); };
  line_->on_end = [self = shared_from_this()] {
    if (self->gone_ || self->number_ == 0) return;
    self->around_([&] { self->front_.disconnect(self->number_); });
  };
  line_->read();
}

void ari_connection::take(std::string_view bytes) {
  unread_ += bytes;
  while (!websocket_ && !gone_ && take_request()) {
  }
  if (websocket_ && !gone_) take_frames();
}

/// One request off the front; false if it is not whole.
bool ari_connection::take_request() {
  if (unread_.empty()) return false;
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(1024 * 1024);
  boost::system::error_code code;
  std::size_t used = 0;
  while (!parser.is_done() && used < unread_.size()) {
    auto const n =
        parser.put(boost::asio::buffer(unread_.data() + used, unread_.size() - used), code);
    used += n;
    if (code == http::error::need_more) return false;
    if (code) {
      answer({400, "Bad Request", {}}, false);
      return false;
    }
    if (n == 0) break;
  }
  if (!parser.is_done()) return false;
  unread_.erase(0, used);
  auto const request = parser.release();
  std::string const target{request.target()};
  auto const mark = std::min(target.find('?'), target.size());
  auto path = segments_of(std::string_view(target).substr(0, mark));
  auto const fields = fields_of(std::string_view(target).substr(std::min(mark + 1, target.size())));
  bool const keep = request.keep_alive();

  auto const login = std::string(request[http::field::authorization]);
  auto const api_key = value_of(fields, "api_key");
  ari_account const* account = nullptr;
  for (auto const& one : accounts_)
    if (login == io::basic_authorization(one.user, one.password) ||
        api_key == one.user + ":" + one.password)
      account = &one;
  if (path.empty() || path[0] != "ari") {
    answer({404, "Not Found", {}}, keep);
    return true;
  }
  path.erase(path.begin());
  if (account == nullptr) {
    answer({401, "Unauthorized", R"({"message":"Authentication required"})"}, keep,
           "WWW-Authenticate: Basic realm=\"Asterisk REST Interface\"\r\n");
    return true;
  }
  if (path.size() == 2 && path[0] == "api-docs") {
    auto text = ari_front::describe(path[1], std::string(request[http::field::host]));
    answer(text.empty() ? ari_answer{404, "Not Found", R"({"message":"Resource not found"})"}
                        : ari_answer{200, "OK", std::move(text)},
           keep);
    return true;
  }
  std::string const key{request["Sec-WebSocket-Key"]};
  if (path.size() == 1 && path[0] == "events" && request.method() == http::verb::get) {
    if (value_of(fields, "app").empty() || key.empty()) {
      answer({400, "Bad Request", R"({"message":"Missing required parameter app"})"}, keep);
      return true;
    }
    upgrade(key, fields, account->read_only);
    return true;
  }
  // Asterisk also takes parameters as a form.
  auto all = fields;
  std::string body = request.body();
  if (request[http::field::content_type].starts_with("application/x-www-form-urlencoded")) {
    auto const form = fields_of(body);
    all.insert(all.end(), form.begin(), form.end());
    body.clear();
  }
  auto const method = request.method_string();
  around_([&] {
    answer(front_.handle({method.data(), method.size()}, path, all, body, account->read_only),
           keep);
  });
  return true;
}

void ari_connection::answer(ari_answer const& a, bool keep_alive, std::string_view more_headers) {
  auto text = fmt::format(
      "HTTP/1.1 {} {}\r\nServer: Asterisk/22.10.1\r\nCache-Control: no-cache, no-store\r\n{}",
      a.status, a.reason, more_headers);
  if (!keep_alive) text += "Connection: close\r\n";
  if (!a.body.empty()) text += "Content-type: application/json\r\n";
  if (a.status != 204) text += fmt::format("Content-Length: {}\r\n", a.body.size());
  line_->send(text + "\r\n" + a.body);
  if (!keep_alive) line_->close_after_sending();
}

void ari_connection::upgrade(std::string const& key, ari_front::query const& fields,
                             bool read_only) {
  websocket_ = true;
  read_only_ = read_only;
  line_->send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      io::websocket_accept(key) + "\r\n\r\n");
  std::vector<std::string> applications;
  for (auto const& [name, value] : fields)
    if (name == "app")
      for (auto& one : split_arguments(value)) applications.push_back(std::move(one));
  application_ = applications[0];
  around_([&] {
    number_ = front_.connect(applications, value_of(fields, "subscribeAll") == "true",
                             [self = weak_from_this()](std::string const& json) {
                               auto const c = self.lock();
                               if (!c) return;
                               std::string bytes;
                               io::append_server_frame(bytes, io::websocket_kind::text, json);
                               c->line_->send(bytes);
                             });
  });
}

void ari_connection::take_frames() {
  std::string_view bytes{unread_};
  std::string out;
  for (;;) {
    io::websocket_message m;
    auto const got = decoder_.next(bytes, m);
    if (!got) {
      io::append_server_frame(out, io::websocket_kind::close, "\x03\xea");  // 1002
      line_->send(out);
      return line_->close_after_sending();
    }
    if (!*got) break;
    if (m.kind == io::websocket_kind::close) {
      io::append_server_frame(out, io::websocket_kind::close, m.payload);
      line_->send(out);
      return line_->close_after_sending();
    }
    if (m.kind == io::websocket_kind::ping)
      io::append_server_frame(out, io::websocket_kind::pong, m.payload);
    if (!out.empty()) line_->send(std::exchange(out, {}));
    if (m.kind != io::websocket_kind::text) continue;
    around_([&] {
      std::string frame;
      io::append_server_frame(frame, io::websocket_kind::text,
                              front_.handle_message(m.payload, application_, read_only_));
      line_->send(frame);
    });
  }
  unread_.erase(0, unread_.size() - bytes.size());
}

}  // namespace calluna::sim
