#include "control_socket.hpp"

#include <calluna/runtime/control_server.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sys/socket.h>
#include <utility>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;
using local = asio::local::stream_protocol;
using nlohmann::json;

/// How long to wait after accept has failed, which happens when descriptors run out.
constexpr auto accept_pause = std::chrono::milliseconds(100);

std::string line_of(result<json> const& answer) {
  json line = json::object();
  if (answer) {
    line = answer->is_object() ? *answer : json{{"value", *answer}};
    line["ok"] = true;
  } else {
    line["ok"] = false;
    line["error"] = {{"kind", to_string(answer.error().kind)},
                     {"message", answer.error().message},
                     {"retryable", answer.error().retryable}};
  }
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

class session;

/// Gives its answer once, also when it is dropped.
class pending_answer {
 public:
  explicit pending_answer(std::weak_ptr<session> to) : to_(std::move(to)) {}
  pending_answer(pending_answer&&) noexcept = default;
  pending_answer(pending_answer const&) = delete;
  pending_answer& operator=(pending_answer const&) = delete;
  ~pending_answer() { give(fail(error_kind::cancelled, "the runtime dropped the request")); }
  void operator()(result<json> answer) { give(std::move(answer)); }

 private:
  void give(result<json> const& answer);
  std::weak_ptr<session> to_;
};

/// What sessions share with the server.
struct table {
  std::map<std::string, control_server::handler, std::less<>> handlers;
  std::set<std::shared_ptr<session>> sessions;
  std::optional<uid_t> asking;  // while a handler runs

  void answer(std::string_view line, std::optional<uid_t> from, control_server::reply reply) {
    asking = from;
    auto const request = json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("command") || !request["command"].is_string())
      return reply(fail(error_kind::invalid,
                        "a request is a JSON object with a text 'command', on one line"));
    auto const& command = request["command"].get_ref<std::string const&>();
    auto const found = handlers.find(command);
    if (found == handlers.end())
      return reply(fail(error_kind::invalid, fmt::format("unknown command '{}'", command)));
    try {
      found->second(request, std::move(reply));
    } catch (json::exception const&) {
      // A field of another type than it should have; the reply, dropped, answers.
    }
  }
};

/// One client: reads a line, answers it, reads the next.
class session : public std::enable_shared_from_this<session> {
 public:
  session(local::socket socket, std::weak_ptr<table> server)
      : socket_(std::move(socket)), server_(std::move(server)) {}

  void read() {
    asio::async_read_until(
        socket_, asio::dynamic_buffer(incoming_, control_server::longest_request), '\n',
        [self = shared_from_this()](error_code const& code, std::size_t n) {
          if (code == asio::error::not_found) {
            self->last_ = true;
            auto const bound = control_server::longest_request;
            return self->write(line_of(
                fail(error_kind::invalid, fmt::format("a request has {} bytes at most", bound))));
          }
          if (code) return self->end();
          auto const line = self->incoming_.substr(0, n - 1);
          self->incoming_.erase(0, n);
          auto const server = self->server_.lock();
          if (server) server->answer(line, self->user(), pending_answer{self});
        });
  }

  void write(std::string line) {
    outgoing_ = std::move(line);
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](error_code const& code, std::size_t) {
                        if (code || self->last_) return self->end();
                        self->read();
                      });
  }

  /// Says `line`, then closes.
  void dismiss(std::string line) {
    last_ = true;
    write(std::move(line));
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  std::optional<uid_t> user() {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return {};
    return who.uid;
  }

  void end() {
    close();
    if (auto const server = server_.lock()) server->sessions.erase(shared_from_this());
  }

  local::socket socket_;
  std::weak_ptr<table> server_;
  std::string incoming_;
  std::string outgoing_;
  bool last_ = false;
};

void pending_answer::give(result<json> const& answer) {
  auto const to = std::exchange(to_, {}).lock();
  if (to) to->write(line_of(answer));
}

}  // namespace

class control_server::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, fs::path path, listening_socket socket, logger log)
      : path_(std::move(path)),
        file_(socket),
        acceptor_(on, local(), socket.descriptor),
        pause_(on),
        log_(std::move(log)) {}

  void accept() {
    acceptor_.async_accept([weak = weak_from_this()](error_code const& code, local::socket client) {
      auto const self = weak.lock();
      if (!self || code == asio::error::operation_aborted) return;
      if (code) return self->accept_later(code);
      self->take(std::move(client));
      self->accept();
    });
  }

  void close() {
    error_code ignored;
    // First the file, so that no client finds a socket that nobody answers.
    remove_control_socket(path_, file_);
    acceptor_.close(ignored);
    pause_.cancel();
    for (auto const& client : table_->sessions) client->close();
    table_->sessions.clear();
    // Handlers may be running right now; they stay until their caller has gone.
    table_.reset();
  }

  table& commands() { return *table_; }

 private:
  void take(local::socket client) {
    auto const made = std::make_shared<session>(std::move(client), table_);
    if (table_->sessions.size() >= most_clients) {
      log_.warning("control: too many clients, one was sent away");
      return made->dismiss(line_of(
          fail(error_kind::rejected, fmt::format("{} clients at most", most_clients), true)));
    }
    table_->sessions.insert(made);
    made->read();
  }

  void accept_later(error_code const& why) {
    log_.warning("control: no client can be taken: " + why.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([weak = weak_from_this()](error_code const& code) {
      if (auto const self = weak.lock(); self && !code) self->accept();
    });
  }

  fs::path path_;
  listening_socket file_;
  local::acceptor acceptor_;
  asio::steady_timer pause_;
  logger log_;
  std::shared_ptr<table> table_ = std::make_shared<table>();
};

result<std::unique_ptr<control_server>> control_server::listen(io::executor on,
                                                               fs::path const& socket, logger log) {
  auto const opened = open_control_socket(socket);
  if (!opened) return fail(opened.error());
  auto made = std::make_shared<impl>(on, socket, *opened, std::move(log));
  made->accept();
  return std::unique_ptr<control_server>(new control_server(std::move(made)));
}

control_server::control_server(std::shared_ptr<impl> made) : impl_(std::move(made)) {}
control_server::~control_server() {
  impl_->close();
}

std::optional<uid_t> control_server::asking() const {
  return impl_->commands().asking;
}

void control_server::on(std::string command, handler answer) {
  impl_->commands().handlers.insert_or_assign(std::move(command), std::move(answer));
}

}  // namespace calluna::runtime
