#include "../io/expiry.hpp"
#include "application.hpp"
#include "rest_message.hpp"

#include <calluna/ari/client.hpp>
#include <calluna/io/http_client.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace calluna::ari {
namespace {

io::http_client_options http_options(client_context const& c) {
  io::http_client_options o;
  o.server = c.options.server;
  o.authorization = c.authorization;
  o.max_connections = c.options.max_connections;
  o.max_pending = c.options.max_pending;
  return o;
}

error closed() {
  return {error_kind::cancelled, "the ARI client is closed"};
}

}  // namespace

class client::impl final : public application::host, public std::enable_shared_from_this<impl> {
 public:
  using time_point = io::expiry::time_point;
  using completion = unique_function<void(result<response>)>;

  impl(io::executor on, client_options options, logger log, client_listener& listener)
      : context_(std::move(on), std::move(options), std::move(log)),
        listener_(&listener),
        http_(context_.on, http_options(context_)),
        expiry_(context_.on, [this](time_point now) { return sweep(now); }) {}

  void subscribe(std::string name, scope hears) {
    if (listener_ == nullptr) return;
    auto a = find(name);
    if (!a) {
      a = std::make_shared<application>(context_, line_, *this, std::move(name),
                                        hears == scope::everything);
      applications_.push_back(a);
    }
    a->want();
  }

  void unsubscribe(std::string_view name) {
    if (auto const a = find(name); a && listener_ != nullptr) a->end();
  }

  void stop() {
    if (listener_ == nullptr) return;
    listener_ = nullptr;
    expiry_.stop();
    http_.stop();
    // The applications themselves stay: one of them may be what called us.
    for (auto const& a : applications_)
      for (auto& call : a->abandon()) decline(std::move(call.done), closed());
  }

  void submit(request r, std::chrono::milliseconds timeout, completion done) {
    if (listener_ == nullptr) return decline(std::move(done), closed());
    ++context_.count.requests;
    rest_call call{std::move(r), io::expiry::clock::now() + timeout, std::move(done)};
    auto* const socket = rest_socket();
    if (socket == nullptr) return submit_http(std::move(call));
    if (socket->pending() >= context_.options.max_pending)
      return decline(std::move(call.done),
                     {error_kind::rejected, context_.url + ": too many requests wait", true});
    auto const deadline = call.deadline;
    if (!socket->submit(call)) return submit_http(std::move(call));
    ++context_.count.over_websocket;
    expiry_.want(deadline);
  }

  bool submit_at_once(request& r, std::chrono::milliseconds timeout, completion& done) {
    auto const sent = line_.line.send([&](std::string& bytes) -> std::optional<rest_call> {
      line_.json.clear();
      if (!append_rest_request(line_.json, line_.next_id, r) || line_.json.size() > max_frame)
        return std::nullopt;
      line_.encoder.append(bytes, io::websocket_kind::text, line_.json);
      ++line_.next_id;
      return rest_call{std::move(r), io::expiry::clock::now() + timeout, std::move(done)};
    });
    if (sent && !line_.watched.exchange(true))
      boost::asio::post(context_.on, [weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->expiry_.want(self->next_watch());
      });
    return sent;
  }

  void pause(std::chrono::milliseconds span) {
    context_.hold_until = std::chrono::steady_clock::now() + span;
  }
  client_context const& context() const noexcept { return context_; }

 private:
  client_listener* listener() override { return listener_; }
  std::shared_ptr<void> hold() override { return shared_from_this(); }

  void on_answer(rest_call call, result<response> answer) override {
    if (listener_ == nullptr) return decline(std::move(call.done), closed());
    // Files do not travel over the WebSocket: 406, "Use HTTP GET".
    if (!answer && answer.error().code == http_status(406) && call.repeatable())
      return submit_http(std::move(call));
    call.done(std::move(answer));
  }

  void on_ended(application& a) override {
    applications_.erase(std::remove_if(applications_.begin(), applications_.end(),
                                       [&](auto const& held) { return held.get() == &a; }),
                        applications_.end());
  }

  std::shared_ptr<application> find(std::string_view name) const {
    for (auto const& a : applications_)
      if (a->name() == name) return a;
    return nullptr;
  }

  /// The one whose line others use, so that requests stay in their order.
  event_socket* rest_socket() const {
    event_socket* first = nullptr;
    for (auto const& a : applications_) {
      auto* const socket = a->rest();
      if (socket != nullptr && socket == line_.owner) return socket;
      if (first == nullptr) first = socket;
    }
    return first;
  }

  static time_point next_watch() { return io::expiry::clock::now() + rest_line::watch_interval; }

  void submit_http(rest_call call) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
        call.deadline - io::expiry::clock::now());
    http_.submit(
        {to_string(call.what.method), context_.base_path + "/" + target(call.what),
         "application/json", std::move(call.what.body)},
        left,
        [self = weak_from_this(),
         done = std::move(call.done)](result<io::http_response> answer) mutable {
          if (!answer) return done(fail(std::move(answer).error()));
          auto const s = self.lock();
          if (!s || s->listener_ == nullptr) return done(fail(closed()));
          done(to_result(s->context_, answer->status, answer->reason, std::move(answer->body)));
        });
  }

  /// Tells `done` from a turn of its own.
  void decline(completion done, error why) {
    boost::asio::post(context_.on, [done = std::move(done), why = std::move(why)]() mutable {
      done(fail(std::move(why)));
    });
  }

  time_point sweep(time_point now) {
    auto const keep = shared_from_this();
    line_.watched = false;  // who sends from here on asks for another look
    auto next = time_point::max();
    auto const all = applications_;
    for (auto const& a : all) next = std::min(next, a->sweep(now));
    return next;
  }

  client_context context_;
  rest_line line_;
  client_listener* listener_;
  std::vector<std::shared_ptr<application>> applications_;
  io::http_client http_;
  io::expiry expiry_;
};

client::client(io::executor on, client_options options, logger log, client_listener& listener)
    : impl_(std::make_shared<impl>(std::move(on), std::move(options), std::move(log), listener)) {}
client::~client() {
  impl_->stop();
}

void client::subscribe(std::string application, scope hears) {
  impl_->subscribe(std::move(application), hears);
}
void client::unsubscribe(std::string_view application) {
  impl_->unsubscribe(application);
}
void client::stop() {
  impl_->stop();
}

void client::submit(request r, std::chrono::milliseconds timeout,
                    unique_function<void(result<response>)> done) {
  impl_->submit(std::move(r), timeout, std::move(done));
}

bool client::submit_at_once(request& r, std::chrono::milliseconds timeout,
                            unique_function<void(result<response>)>& done) {
  return impl_->submit_at_once(r, timeout, done);
}

void client::pause(std::chrono::milliseconds span) {
  impl_->pause(span);
}
client::counters const& client::count() const noexcept {
  return impl_->context().count;
}

}  // namespace calluna::ari
