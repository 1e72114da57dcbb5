#include "../app_impl.hpp"
#include "../options.hpp"
#include "http.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/error.hpp>

#include <boost/asio/post.hpp>

#include <deque>
#include <mutex>
#include <new>
#include <string>

namespace calluna::bindings {
namespace {

constexpr char socket_class[] = "calluna.http_socket";

/// What a WebSocket has sent and the app has not taken yet; bounded.
class inbox {
 public:
  static constexpr std::size_t most = 1'000;
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;

  /// Any thread. False: it is full; no more is taken.
  bool put(std::string text) {
    std::lock_guard const lock(mutex_);
    if (closed_) return true;
    bytes_ += text.size();
    closed_ = waiting_.size() == most || bytes_ > most_bytes;
    if (!closed_) waiting_.push_back(std::move(text));
    return !closed_;
  }
  void close() {
    std::lock_guard const lock(mutex_);
    closed_ = true;
  }
  std::optional<std::string> take() {
    std::lock_guard const lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    auto text = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= text.size();
    return text;
  }
  /// There is a message, or there will be none.
  bool has_news() const {
    std::lock_guard const lock(mutex_);
    return closed_ || !waiting_.empty();
  }
  // On the app's thread:
  /// Who waits for the next one.
  ticket reader = 0;
  bool closed_by_app = false;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

struct held_socket {
  std::shared_ptr<http_socket> socket;
  std::shared_ptr<inbox> received;
};

held_socket& socket_argument(lua_State* lua) {
  return *static_cast<held_socket*>(luaL_checkudata(lua, 1, socket_class));
}

int free_socket(lua_State* lua) {
  static_cast<held_socket*>(lua_touserdata(lua, 1))->~held_socket();
  return 0;
}

error const closed_error{error_kind::gone, "the WebSocket is closed", false, {}};

int push_message(lua_State* lua, inbox& from) {
  if (auto const text = from.take()) return lua_pushlstring(lua, text->data(), text->size()), 1;
  return push_failure(lua, closed_error);
}

// On the app's thread: there is news. The end of it ends the waits of the task, too.
void hear(app::impl& inside, inbox& received, task_id task, bool ended) {
  if (received.reader != 0 && received.has_news())
    inside.tasks.answer(std::exchange(received.reader, 0),
                        [&](lua_State* l) { return push_message(l, received); });
  if (ended && !received.closed_by_app) inside.tasks.doom(task, closed_error);
  inside.work();
}

// On the server's thread: what came is kept, and the app is told.
void listen(app& a, held_socket const& held) {
  auto heard = [weak = a.weak_from_this(), received = held.received,
                task = a.inside().tasks.current(),
                socket = std::weak_ptr<http_socket>(held.socket)](std::optional<std::string> text) {
    bool const ended = !text;
    if (ended) {
      received->close();
    } else if (!received->put(std::move(*text))) {
      if (auto const open = socket.lock()) open->close(1008, "too much was sent at once");
    }
    auto const alive = weak.lock();
    if (!alive) return;
    boost::asio::post(alive->inside().executor, [weak, received, task, ended] {
      if (auto const still_alive = weak.lock()) hear(still_alive->inside(), *received, task, ended);
    });
  };
  held.socket->listen(std::move(heard));
}

// accept(exchange) -> socket | nil: the client has left. It is closed when the running task ends.
int accept(lua_State* lua) {
  auto& a = app::of(lua);
  auto socket = exchange_argument(lua, 1)->accept();
  if (!socket) return 0;
  auto& held = *new (lua_newuserdata(lua, sizeof(held_socket)))
                   held_socket{std::move(socket), std::make_shared<inbox>()};
  luaL_getmetatable(lua, socket_class);
  lua_setmetatable(lua, -2);
  a.inside().visits.at_end(a.inside().tasks.current(), [socket = held.socket](bool failed) {
    if (failed)
      socket->close(1011, "internal error");
    else
      socket->close(1000, "");
  });
  listen(a, held);
  return 1;
}

// receive(socket, seconds | false) -> text | nil, err (gone, timeout)
int receive(lua_State* lua) {
  auto& held = socket_argument(lua);
  auto const timeout = seconds_argument(lua, 2);
  wait w(lua, "ws:receive");
  if (held.received->has_news()) return push_message(lua, *held.received);
  if (int const refused = w.refused_if_doomed()) return refused;
  held.received->reader = w.id();
  return w.suspend(timeout);
}

// send(socket, text) -> true | nil, err (gone)
int send(lua_State* lua) {
  auto& held = socket_argument(lua);
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, 2, &size);
  if (!held.socket->send(std::string(text, size))) return push_failure(lua, closed_error);
  lua_pushboolean(lua, 1);
  return 1;
}

// close(socket, code, reason)
int close(lua_State* lua) {
  auto& held = socket_argument(lua);
  held.received->closed_by_app = true;
  held.socket->close(static_cast<std::uint16_t>(luaL_checkinteger(lua, 2)),
                     luaL_checkstring(lua, 3));
  return 0;
}

}  // namespace

void open_http_socket(lua_State* lua) {
  luaL_newmetatable(lua, socket_class);
  lua_pushcfunction(lua, free_socket), lua_setfield(lua, -2, "__gc");
  lua_pop(lua, 1);
  static luaL_Reg const functions[] = {{"accept", accept},
                                       {"receive", receive},
                                       {"send", send},
                                       {"close", close},
                                       {nullptr, nullptr}};
  set_functions(lua, functions);
}

}  // namespace calluna::bindings
