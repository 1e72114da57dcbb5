#include "odoo_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

namespace calluna::fakes {

namespace asio = boost::asio;
using asio::ip::tcp;
using json = nlohmann::json;

struct odoo_server::inside {
  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
  tcp::acceptor acceptor{loop};
  std::uint16_t port = 0;
  std::set<std::shared_ptr<connection>> open;
  std::thread thread;

  // Runs `f` on the loop and waits for it.
  template <class F>
  void run(F f) {
    std::promise<void> done;
    asio::post(loop, [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }
  // On the loop.
  void close();
};

class odoo_server::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(odoo_server& server, tcp::socket socket)
      : server_(server), socket_(std::move(socket)) {}

  void read() {
    asio::async_read_until(socket_, buffer_, "\r\n\r\n",
                           [self = shared_from_this()](auto problem, std::size_t size) {
                             if (problem) return self->close();
                             self->read_body(self->parse_head(size));
                           });
  }
  void send(reply const& r, std::size_t most = std::string::npos) {
    out_ = fmt::format(
        "HTTP/1.1 {} Any\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        r.status, r.body.size(), r.body);
    bool const whole = most >= r.body.size();
    if (!whole) out_.resize(out_.size() - r.body.size() + most);
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this(), whole](auto problem, auto) {
                        if (problem || !whole) return self->close();
                        self->read();
                      });
  }
  void close() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    server_.inside_->open.erase(shared_from_this());
  }

 private:
  std::size_t parse_head(std::size_t size) {
    std::string head(asio::buffers_begin(buffer_.data()),
                     asio::buffers_begin(buffer_.data()) + static_cast<std::ptrdiff_t>(size));
    buffer_.consume(size);
    request_ = {};
    request_.method = head.substr(0, head.find(' '));
    auto const path = head.find(' ') + 1;
    request_.path = head.substr(path, head.find(' ', path) - path);
    auto const field = [&](std::string const& name) {
      auto const at = head.find("\r\n" + name + ": ");
      if (at == std::string::npos) return std::string();
      auto const begin = at + name.size() + 4;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    };
    request_.authorization = field("Authorization");
    auto const length = field("Content-Length");
    return length.empty() ? 0 : std::stoul(length);
  }
  void read_body(std::size_t length) {
    auto const missing = length > buffer_.size() ? length - buffer_.size() : 0;
    asio::async_read(socket_, buffer_, asio::transfer_exactly(missing),
                     [self = shared_from_this(), length](auto problem, auto) {
                       if (problem) return self->close();
                       auto const begin = asio::buffers_begin(self->buffer_.data());
                       self->request_.body.assign(begin,
                                                  begin + static_cast<std::ptrdiff_t>(length));
                       self->buffer_.consume(length);
                       self->server_.handle(self, self->request_);
                     });
  }

  odoo_server& server_;
  tcp::socket socket_;
  asio::streambuf buffer_;
  http_request request_;
  std::string out_;
};

void odoo_server::inside::close() {
  acceptor.close();
  for (auto const& one : std::set(open)) one->close();
}

odoo_server::odoo_server(int major) : major_(major), inside_(std::make_unique<inside>()) {
  if (major_ < 19) {
    database_.fields["res.partner"].insert("mobile");
    database_.rename_field("res.groups", "user_ids", "users");
    database_.rename_field("ir.actions.server", "group_ids", "groups_id");
  }
  listen();
  inside_->thread = std::thread([this] { inside_->loop.run(); });
}

odoo_server::~odoo_server() {
  inside_->loop.stop();
  inside_->thread.join();
}

void odoo_server::start_listening() {
  inside_->run([this] { listen(); });
}

void odoo_server::listen() {
  auto& acceptor = inside_->acceptor;
  tcp::endpoint const place(asio::ip::address_v4::loopback(), inside_->port);
  acceptor.open(place.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(place);
  acceptor.listen();
  inside_->port = acceptor.local_endpoint().port();
  accept();
}

void odoo_server::stop_listening() {
  inside_->run([this] { inside_->close(); });
}

void odoo_server::accept() {
  inside_->acceptor.async_accept([this](auto problem, tcp::socket socket) {
    if (problem) return;
    {
      std::lock_guard const lock(mutex_);
      ++connections_;
    }
    auto const one = std::make_shared<connection>(*this, std::move(socket));
    inside_->open.insert(one);
    one->read();
    accept();
  });
}

std::string odoo_server::url() const {
  return fmt::format("http://127.0.0.1:{}", inside_->port);
}

std::string odoo_server::key() const {
  std::lock_guard const lock(mutex_);
  return key_;
}

void odoo_server::set_key(std::string key) {
  std::lock_guard const lock(mutex_);
  key_ = std::move(key);
}

void odoo_server::fail_next(std::string method, odoo_fault what, int times) {
  std::lock_guard const lock(mutex_);
  planned_.push_back({std::move(method), what, times});
}

void odoo_server::fail_all(odoo_fault what) {
  std::lock_guard const lock(mutex_);
  always_ = what;
}

void odoo_server::recover() {
  std::lock_guard const lock(mutex_);
  always_.reset();
  planned_.clear();
}

void odoo_server::hold() {
  std::lock_guard const lock(mutex_);
  holding_ = true;
}

void odoo_server::release() {
  std::vector<std::function<void()>> held;
  {
    std::lock_guard const lock(mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (auto& one : held) asio::post(inside_->loop, std::move(one));
}

std::vector<std::string> odoo_server::requests() const {
  std::lock_guard const lock(mutex_);
  return requests_;
}

std::vector<std::string> odoo_server::bodies() const {
  std::lock_guard const lock(mutex_);
  return bodies_;
}

int odoo_server::count(std::string const& request) const {
  std::lock_guard const lock(mutex_);
  return static_cast<int>(std::count(requests_.begin(), requests_.end(), request));
}

bool odoo_server::wait_for(std::string const& request, int times) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
    return std::count(requests_.begin(), requests_.end(), request) >= times;
  });
}

int odoo_server::connections() const {
  std::lock_guard const lock(mutex_);
  return connections_;
}

int odoo_server::most_at_once() const {
  std::lock_guard const lock(mutex_);
  return most_at_once_;
}

std::string odoo_server::name_of(http_request const& request) const {
  if (request.path == "/web/version") return "web.version";
  if (request.path.rfind("/json/2/", 0) == 0) {
    auto name = request.path.substr(8);
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
  }
  auto const body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("params")) return request.path;
  auto const& params = body["params"];
  if (params.value("method", "") != "execute_kw")
    return params.value("service", "") + "." + params.value("method", "");
  return params["args"][3].get<std::string>() + "." + params["args"][4].get<std::string>();
}

std::optional<odoo_fault> odoo_server::fault_for(std::string const& name) {
  if (always_) return always_;
  auto const method = name.substr(name.rfind('.') + 1);
  for (auto at = planned_.begin(); at != planned_.end(); ++at) {
    if (!at->method.empty() && at->method != method && at->method != name) continue;
    auto const what = at->what;
    if (--at->times == 0) planned_.erase(at);
    return what;
  }
  return std::nullopt;
}

void odoo_server::handle(std::shared_ptr<connection> const& from, http_request const& request) {
  std::lock_guard const lock(mutex_);
  auto const name = name_of(request);
  requests_.push_back(name);
  bodies_.push_back(request.authorization + "\n" + request.body);
  changed_.notify_all();
  auto const fault = fault_for(name);
  if (fault == odoo_fault::silence) return;
  if (fault == odoo_fault::drop_before) return from->close();
  if (fault == odoo_fault::status_500)
    return from->send({500, "<html>Internal Server Error</html>"});
  if (fault == odoo_fault::status_502) return from->send({502, "<html>Bad Gateway</html>"});
  if (fault == odoo_fault::garbage) return from->send({200, "<html>"});
  reply const r =
      fault == odoo_fault::session_expired
          ? reply{request.path == "/jsonrpc" ? 200 : 403,
                  R"({"error":{"code":100,"data":{"name":"odoo.http.SessionExpiredException","message":"Session expired"}},"name":"odoo.http.SessionExpiredException","message":"Session expired"})"}
          : answer(request);
  if (fault == odoo_fault::drop_after) return from->close();
  if (fault == odoo_fault::stop_after) return inside_->close();
  auto send = [from, r, half = fault == odoo_fault::half_answer] {
    half ? from->send(r, r.body.size() / 2) : from->send(r);
  };
  if (!holding_) return send();
  held_.emplace_back(std::move(send));
  most_at_once_ = std::max(most_at_once_, static_cast<int>(held_.size()));
}

odoo_server::reply odoo_server::answer(http_request const& request) {
  if (request.path == "/jsonrpc") return answer_rpc(request);
  if (major_ >= 19 && request.path == "/web/version")
    return {200,
            fmt::format(R"({{"version_info": [{0}, 0, 0, "final", 0, ""], "version": "{0}.0"}})",
                        major_)};
  if (major_ >= 19 && request.path.rfind("/json/2/", 0) == 0) return answer_json2(request);
  return {404, "<html>Not Found</html>"};
}

odoo_server::reply odoo_server::answer_json2(http_request const& request) {
  auto const problem = [](int status, std::string const& name, std::string const& message) {
    return reply{status, json{{"name", name}, {"message", message}, {"debug", "Traceback"}}.dump()};
  };
  if (request.authorization != "bearer " + key_)
    return problem(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey");
  auto const path = request.path.substr(8);
  auto const slash = path.find('/');
  try {
    return {200,
            database_.run(path.substr(0, slash), path.substr(slash + 1), json::parse(request.body))
                .dump()};
  } catch (odoo_exception const& e) {
    static std::map<std::string, int> const statuses{{"werkzeug.exceptions.NotFound", 404},
                                                     {"odoo.exceptions.MissingError", 404},
                                                     {"odoo.exceptions.AccessError", 403},
                                                     {"odoo.exceptions.ValidationError", 422}};
    auto const known = statuses.find(e.name);
    return problem(known == statuses.end() ? 500 : known->second, e.name, e.what());
  }
}

odoo_server::reply odoo_server::answer_rpc(http_request const& request) {
  auto const body = json::parse(request.body);
  json answer{{"jsonrpc", "2.0"}, {"id", body.value("id", json())}};
  try {
    answer["result"] = service(body.at("params"));
  } catch (odoo_exception const& e) {
    auto name = e.name;
    std::string message = e.what();
    if (message.rfind("the model", 0) == 0) {
      name = "odoo.exceptions.UserError";
      message = "Object x doesn't exist";
    } else if (message.rfind("The method", 0) == 0) {
      name = "builtins.AttributeError";
    }
    answer["error"] = {{"code", major_ >= 19 ? 0 : 200},
                       {"message", "Odoo Server Error"},
                       {"data", {{"name", name}, {"message", message}, {"debug", "Traceback"}}}};
  }
  return {200, answer.dump()};
}

json odoo_server::service(json const& params) {
  auto const method = params.at("method").get<std::string>();
  auto const& args = params.at("args");
  if (method == "version")
    return {{"server_version", fmt::format("{}.0", major_)},
            {"server_version_info", {major_, 0, 0, "final", 0, ""}}};
  if (args.at(0) != database)
    throw odoo_exception("psycopg2.OperationalError",
                         fmt::format("FATAL: database {} does not exist", args.at(0).dump()));
  bool const known = args.at(2) == key_;
  if (method == "authenticate") return known && args.at(1) == user ? json(8) : json(false);
  if (!known || args.at(1) != 8)
    throw odoo_exception("odoo.exceptions.AccessDenied", "Access Denied");
  auto const name = args.at(4).get<std::string>();
  auto arguments = args.at(6);
  if (major_ < 16 && (name == "search" || name == "search_count") && arguments.contains("domain"))
    throw odoo_exception("builtins.TypeError",
                         name + "() got an unexpected keyword argument 'domain'");
  std::vector<std::string> names;
  if (name == "create") names = {"vals_list"};
  if (name == "search" || name == "search_read" || name == "search_count") names = {"domain"};
  if (name == "write") names = {"ids", "vals"};
  if (names.empty()) names = {"ids"};
  for (std::size_t i = 0; i < args.at(5).size() && i < names.size(); ++i)
    arguments[names[i]] = args.at(5)[i];
  auto value = database_.run(args.at(3).get<std::string>(), name, arguments);
  // One value for one record, and what old versions make of a record.
  if (name == "create" && args.at(5).at(0).is_object()) value = value[0];
  if (name == "message_post" && major_ < 19)
    value = fmt::format("mail.message({},)", value[0].get<int>());
  return value;
}

}  // namespace calluna::fakes
