#pragma once
#include "connection_pool.hpp"
#include "pending.hpp"

#include <calluna/erp/advice.hpp>
#include <calluna/erp/model_fields.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace calluna::erp {

/// The inside of a client. Everything runs on the strand `on` but for what says otherwise.
///
/// A call passes: accept -> (login) -> prepare -> (the model's fields) -> queue -> pump -> finished
/// -> settle.
class client::impl : public std::enable_shared_from_this<impl> {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using json = nlohmann::json;

  impl(io::executor const& on, io::executor blocking, client_options o, logger l,
       std::shared_ptr<clock const> t);

  // client.cpp: the way of a call
  pending_ptr make(call c, duration timeout, completion done);
  void accept(pending_ptr p);
  /// As `accept`, without the bound: for calls that are part of another one.
  void enter(pending_ptr p);
  void settle(pending_ptr const& p, result<json> outcome);
  void stop();
  void publish();

  // client_login.cpp
  using login_done = unique_function<void(result<session>)>;
  void when_ready(unique_function<void(result<void>)> go_on);
  void forget_login();
  void try_login(std::string key, login_done done);
  void change_key(std::string key, unique_function<void(result<void>)> done);

  // client_fields.cpp
  struct model {
    model_fields fields;
    json description;
    time_point asked;
  };
  using model_ptr = std::shared_ptr<model const>;
  void when_fields(std::string const& name, time_point deadline,
                   unique_function<void(result<model_ptr>)> go_on);

  // client_upsert.cpp
  struct upsert_task;
  void start_upsert(std::shared_ptr<upsert_task> task);

  duration limit_of(duration timeout) const noexcept;
  std::string clean(std::string text) const;
  error clean(error e) const;
  void tell(log_level level, std::string const& line);

  io::executor const on;
  io::executor const blocking;
  client_options options;
  logger log;
  std::shared_ptr<clock const> time;
  std::optional<session> login;
  std::atomic<bool> stopping{false};

 private:
  using group = std::vector<pending_ptr>;
  struct login_attempt {
    probe talk;
    login_done done;
    time_point deadline;
  };

  // client.cpp
  void arm(pending_ptr const& p);
  void on_deadline(pending_ptr const& p);
  void prepare(pending_ptr const& p);
  void enqueue(pending_ptr p, bool first = false);
  void pump();
  group next_group();
  void send(group g);
  result<http_request> request_of(call const& c, std::shared_ptr<byte_source> data) const;
  void finished(group const& g, std::uint64_t epoch, exchange_outcome const& wire,
                result<json> outcome);
  void spread(group const& g, result<json> outcome);
  bool renew_login(group const& g, std::uint64_t epoch, error const& why);
  void judge(exchange_outcome const& wire);
  error with_place(error e, call const& c) const;

  // client_login.cpp
  void start_login();
  void login_ended(result<session> outcome);
  void step_login();
  void login_stepped(login_attempt& attempt, exchange_outcome wire);
  void use_login(session const& s);
  void ask_key_age_daily();
  void ask_key_age();
  void read_key_age(json const& keys);

  // client_fields.cpp
  void fields_told(std::string const& name, result<json> description);
  void adapt(pending& p, model const& m);
  void tell_left_out(std::string const& model_name, std::vector<std::string> const& missing);

  // client_upsert.cpp
  void upsert_ended(std::shared_ptr<upsert_task> const& task);

  std::shared_ptr<connection_pool> pool_;
  std::optional<error> unusable_;  // the options are wrong
  breaker breaker_;
  repetition told_;
  std::uint64_t epoch_ = 0;  // of the login
  connection_state state_ = connection_state::idle;
  std::optional<error> login_error_;
  time_point refused_until_{};
  std::chrono::seconds refused_pause_{0};
  std::deque<std::shared_ptr<login_attempt>> logins_;
  bool login_under_way_ = false;
  clock::time_point key_asked_{};  // for its age
  std::vector<unique_function<void(result<void>)>> for_login_;
  std::map<std::string, model_ptr> models_;
  std::map<std::string, std::vector<unique_function<void(result<model_ptr>)>>> for_fields_;
  std::set<std::string> left_out_;
  std::deque<pending_ptr> queue_;
  std::map<connection_pool::job_id, group> running_;
  std::set<pending_ptr> alive_;
  std::map<std::string, std::deque<std::shared_ptr<upsert_task>>> upserts_;
  std::size_t upsert_count_ = 0;
  std::vector<std::string> secrets_;

  client_status status_;
  mutable std::mutex published_mutex_;
  client_status published_;
  friend class client;
};

/// The login's own failures are told once, when it fails, not by each call that waited for it.
bool is_of_login(error const& e) noexcept;

/// What stands in a request where its data goes.
inline constexpr std::string_view stream_mark = "calluna.streamed.data";

}  // namespace calluna::erp
