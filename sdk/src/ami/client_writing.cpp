// What a client sends, from its executor and past it, and how it ends.
#include "client_impl.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <utility>

namespace calluna::ami {
namespace {

namespace asio = boost::asio;

/// How long a stopped client waits for the PBX to close after Logoff.
constexpr std::chrono::milliseconds logoff_patience{250};

}  // namespace

// --- writing -------------------------------------------------------------------------------------

void client::impl::submit(encoded_action a, milliseconds timeout,
                          unique_function<void(result<response>)> done) {
  if (stopped())
    return fail_later(std::move(done),
                      {error_kind::cancelled, a.name + ": " + options_.name + " was stopped"});
  if (state_ != client_state::up)
    return fail_later(std::move(done), {error_kind::offline,
                                        a.name + ": not sent: no connection to " + options_.name +
                                            " (" + down_because_ + ")",
                                        true});
  auto const& c = connection_;
  if (c->talk.pending() >= options_.max_pending)
    return fail_later(std::move(done),
                      {error_kind::rejected,
                       fmt::format("{}: not sent: {} answers of {} are outstanding", a.name,
                                   options_.max_pending, options_.name),
                       true});
  if (c->talk.waits_for(a.id))
    return fail_later(std::move(done),
                      {error_kind::invalid, a.name + ": was submitted already, its id is in use"});
  ++count_.actions;
  c->talk.submit(std::move(a), timeout, std::move(done), clock::now());
  flush(c);
}

bool client::impl::submit_at_once(encoded_action& a, milliseconds timeout,
                                  unique_function<void(result<response>)>& done) {
  return line_.send([&](std::string& bytes) {
    bytes = a.bytes;
    return std::optional(sent_action{std::move(a), timeout, std::move(done), clock::now()});
  });
}

void client::impl::see_sent(connection& c) {
  line_.take_sent(seen_, credit(c));
  for (auto& each : seen_) {
    ++count_.actions;
    count_.bytes_out += each.what.bytes.size();
    if (c.talk.waits_for(each.what.id)) {
      fail_later(std::move(each.done),
                 {error_kind::invalid, each.what.name + ": its id was in use, and it was sent"});
      continue;
    }
    c.talk.sent(std::move(each.what), each.timeout, std::move(each.done), each.at);
  }
  seen_.clear();
}

std::size_t client::impl::credit(connection const& c) const noexcept {
  return io::credit_for(c.talk.pending(), options_.max_pending);
}

void client::impl::fail_later(unique_function<void(result<response>)> done, error why) {
  asio::post(on_, [done = std::move(done), why = std::move(why)]() mutable {
    done(fail(std::move(why)));
  });
}

void client::impl::flush(connection_ptr const& c) {
  if (!c->corked && c->talk.has_output()) write(c);
}

void client::impl::write(connection_ptr const& c) {
  if (c->writing) return;
  auto bytes = line_.hold();
  auto const own = c->talk.take_output();
  count_.bytes_out += own.size();
  bytes += own;
  if (bytes.empty()) return line_.release();
  c->writing = true;
  c->stream->async_write(std::move(bytes), [self = shared_from_this(), c = c](result<void> done) {
    c->writing = false;
    if (self->connection_ == c) {
      self->line_.release();
      // A write that failed is left to the read: what the PBX said before it closed is still to be
      // read there.
      if (done) self->flush(c);
    } else if (self->stopped() && done) {
      self->say_logoff(c);
    }
  });
}

// --- the end -------------------------------------------------------------------------------------

void client::impl::lose(connection_ptr const& c, error why) {
  bool const was_up = state_ == client_state::up;
  line_.close();
  see_sent(*c);
  connection_.reset();
  tick_.cancel();
  c->stream->close();
  state_ = client_state::down;
  down_because_ = why.message;
  if (was_up) ++count_.connections_lost;
  c->talk.close(error_kind::offline, why.message);
  for (auto& each : c->talk.take_settled()) each.done(std::move(each.answer));
  if (!stopped()) went_down(std::move(why));
}

void client::impl::stop() {
  if (stopped()) return;
  bool const was_up = state_ == client_state::up;
  state_ = client_state::stopped;
  attempt_.reset();
  retry_.cancel();
  tick_.cancel();
  auto const c = std::exchange(connection_, nullptr);
  if (!c) return;
  auto const rest = line_.close();
  see_sent(*c);
  c->talk.close(error_kind::cancelled, options_.name + " was stopped");
  for (auto& each : c->talk.take_settled()) fail_later(std::move(each.done), each.answer.error());
  if (!was_up) return c->stream->close();
  if (!c->writing) say_logoff(c, rest);
  // Asterisk answers Goodbye and closes; the read under way sees it. This is for one that does not.
  retry_.expires_after(logoff_patience);
  retry_.async_wait([self = shared_from_this(), c](auto const&) { c->stream->close(); });
}

void client::impl::say_logoff(connection_ptr c, std::string const& before) {
  auto& stream = *c->stream;
  stream.async_write(before + "Action: Logoff\r\n\r\n", [c = std::move(c)](result<void> const&) {});
}

void client::impl::close_after_logoff(connection_ptr const& c) {
  retry_.cancel();
  c->stream->close();
}

}  // namespace calluna::ami
