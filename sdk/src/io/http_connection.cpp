#include "http_connection.hpp"

#include <utility>

namespace calluna::io {
namespace {

constexpr std::size_t max_head = 64 * 1024;

}  // namespace

http_connection::http_connection(pool& owner, http_client_options const& options, std::string host)
    : owner_(&owner),
      options_(options),
      host_(std::move(host)),
      buffer_(16 * 1024),
      parser_(max_head, options.max_body) {}

void http_connection::connect(executor const& on) {
  auto const self = weak_from_this();
  connecting_ =
      async_connect(on, options_.server, [self](result<std::unique_ptr<stream>> connected) {
        auto const c = self.lock();
        if (!c || c->owner_ == nullptr) return;
        auto const keep = c->owner_->hold();
        c->connecting_ = nullptr;
        if (!connected) return c->owner_->on_lost(*c, false, connected.error());
        c->stream_ = std::move(*connected);
        c->read();
        c->owner_->on_idle(*c);
      });
}

void http_connection::start(http_call call) {
  call_ = std::move(call);
  begin_answer();
  writing_ = true;
  stream_->async_write(encode(call_->request), [c = shared_from_this()](result<void> written) {
    c->writing_ = false;
    if (c->owner_ == nullptr) return;
    auto const keep = c->owner_->hold();
    if (!written) return c->lost(written.error());
    if (!c->call_) c->owner_->on_idle(*c);  // the answer was faster
  });
}

void http_connection::begin_answer() {
  parser_.begin(call_->request.method == "HEAD", call_->request.max_body);
}

std::string http_connection::encode(http_request const& r) const {
  std::string text;
  text.reserve(192 + r.target.size() + options_.authorization.size() + r.body.size());
  text.append(r.method).append(" ").append(r.target).append(" HTTP/1.1\r\nHost: ").append(host_);
  if (!options_.authorization.empty())
    text.append("\r\nAuthorization: ").append(options_.authorization);
  if (!r.body.empty() && !r.content_type.empty())
    text.append("\r\nContent-Type: ").append(r.content_type);
  for (auto const& [name, value] : r.headers)
    text.append("\r\n").append(name).append(": ").append(value);
  if (!r.body.empty() || (r.method != "GET" && r.method != "HEAD"))
    text.append("\r\nContent-Length: ").append(std::to_string(r.body.size()));
  text.append("\r\n\r\n").append(r.body);
  return text;
}

void http_connection::read() {
  stream_->async_read_some(buffer_.prepare(), [c = shared_from_this()](result<std::size_t> n) {
    if (c->owner_ == nullptr) return;
    auto const keep = c->owner_->hold();
    if (n) {
      c->buffer_.commit(*n);
      c->received();
    } else {
      c->lost(n.error());
    }
    if (c->owner_ != nullptr) c->read();
  });
}

void http_connection::received() {
  auto bytes = buffer_.readable();
  auto const before = bytes.size();
  // Asterisk may say 408 to an idle connection before it closes it.
  if (!call_) return lost({error_kind::gone, "the server closed an idle connection"});
  auto const put = parser_.put(bytes);
  buffer_.consume(before - bytes.size());
  if (!put) return lost(put.error());
  if (!parser_.done()) return;
  if (parser_.status() < 200) return begin_answer();  // 100 Continue and its like
  answered();
}

void http_connection::answered() {
  http_response answer{parser_.status(), std::string(parser_.reason()),
                       std::string(parser_.header("Content-Type")), parser_.take_body(),
                       parser_.headers()};
  auto call = std::move(*call_);
  call_.reset();
  auto* const owner = owner_;
  bool const stays = parser_.keeps_alive() && buffer_.readable().empty();
  if (!stays) owner->on_lost(*this, true, {error_kind::gone, "the server closed the connection"});
  owner->on_answer(std::move(call), std::move(answer));
  if (owner_ != nullptr && ready()) owner_->on_idle(*this);
}

void http_connection::lost(error const& why) {
  if (call_ && parser_.started() && why.kind == error_kind::gone && parser_.put_end() &&
      parser_.head_done() && parser_.done())
    return answered();
  auto call = std::exchange(call_, std::nullopt);
  auto* const owner = owner_;
  owner->on_lost(*this, true, why);
  if (!call) return;
  if (why.kind == error_kind::protocol) return owner->on_answer(std::move(*call), fail(why));
  bool const again = call->repeatable();
  owner->on_answer(std::move(*call), fail(error_kind::offline,
                                          host_ + ": no answer: " + why.message, again, why.code));
}

std::optional<http_call> http_connection::close() {
  owner_ = nullptr;
  connecting_ = nullptr;
  if (stream_) stream_->close();
  return std::exchange(call_, std::nullopt);
}

}  // namespace calluna::io
