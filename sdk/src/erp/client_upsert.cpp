#include "client_impl.hpp"
#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace calluna::erp {

using nlohmann::json;
using std::chrono::steady_clock;

namespace {

// How long a server may still be busy with a `create` whose connection was lost.
constexpr auto settling = std::chrono::milliseconds(250);

bool is_without_answer(error const& e) {
  return e.code == erp_errc::unreachable || e.code == erp_errc::timeout ||
         e.code == erp_errc::malformed;
}

}  // namespace

/// One upsert: look, then write or create; after a create whose fate is unknown look again before
/// anything else. Each step is a call of its own under the same deadline.
struct client::impl::upsert_task : std::enable_shared_from_this<upsert_task> {
  upsert_task(std::shared_ptr<impl> owner, id_completion to)
      : in(std::move(owner)), done(std::move(to)), timer(in->on) {}

  void look(unique_function<void(std::vector<record_id>)> then);
  void begin();
  void create();
  void created(result<json> answer);
  void look_again(error why, bool may_create);
  void write(record_id id);
  void step(call c, completion then);
  void finish(result<record_id> outcome);
  void wait_in_line();

  std::shared_ptr<impl> in;
  id_completion done;
  boost::asio::steady_timer timer;
  std::string id;  // model and key: who has the same waits
  std::string model;
  json key, values;
  std::chrono::steady_clock::time_point deadline;
  bool begun = false;
  bool begun_again = false;
};

void client::impl::upsert_task::step(call c, completion then) {
  auto p = std::make_shared<pending>(in->on, std::move(c), std::move(then));
  p->deadline = deadline;
  p->as_it_is = true;  // a key without one of its fields is another key
  p->quiet = true;
  in->enter(std::move(p));
}

void client::impl::upsert_task::look(unique_function<void(std::vector<record_id>)> then) {
  json domain = json::array();
  for (auto const& [field, value] : key.items()) domain.push_back({field, "=", value});
  call c{model, "search", {}, {}, "[]"};
  c.named = json_text({{"domain", std::move(domain)},
                       {"limit", 2},
                       {"order", "id"},
                       {"context", {{"active_test", false}}}});
  step(std::move(c),
       [self = shared_from_this(), then = std::move(then)](result<json> found) mutable {
         if (!found) return self->finish(fail(found.error()));
         std::vector<record_id> ids;
         for (auto const& one : *found)
           if (one.is_number_integer()) ids.push_back(one.get<record_id>());
         if (ids.size() < 2) return then(std::move(ids));
         self->finish(fail(error_kind::invalid,
                           fmt::format("{}.upsert: {} and {} both have the key {}", self->model,
                                       ids[0], ids[1], json_text(self->key)),
                           false, erp_errc::not_unique));
       });
}

// Nothing was sent for it yet.
void client::impl::upsert_task::wait_in_line() {
  timer.expires_at(deadline);
  timer.async_wait(
      boost::asio::bind_executor(in->on, [self = shared_from_this()](auto const& ended) {
        if (ended || self->begun) return;
        self->finish(fail(error_kind::timeout,
                          self->model + ".upsert: another one of this key was under way", true,
                          erp_errc::timeout));
      }));
}

void client::impl::upsert_task::begin() {
  begun = true;
  timer.cancel();
  look([self = shared_from_this()](std::vector<record_id> ids) {
    ids.empty() ? self->create() : self->write(ids.front());
  });
}

void client::impl::upsert_task::create() {
  auto all = key;
  all.update(values);
  call c{model, "create", {}, "{}", json_text(json::array({json::array({std::move(all)})}))};
  step(std::move(c),
       [self = shared_from_this()](result<json> answer) { self->created(std::move(answer)); });
}

void client::impl::upsert_task::created(result<json> answer) {
  if (answer) {
    auto const& list = *answer;
    auto const& made = list.is_array() && !list.empty() ? list[0] : list;
    if (made.is_number_integer()) return finish(made.get<record_id>());
    return finish(fail(error_kind::protocol, model + ".create: the answer holds no id", false,
                       erp_errc::malformed));
  }
  auto const& e = answer.error();
  // The same key by another hand, if the model has a constraint for it.
  if (e.code == erp_errc::validation) return look_again(e, false);
  if (!is_without_answer(e) || e.retryable) return finish(fail(e));
  timer.expires_after(settling);
  timer.async_wait(boost::asio::bind_executor(in->on, [self = shared_from_this(), e](auto const&) {
    self->look_again(e, !std::exchange(self->begun_again, true));
  }));
}

void client::impl::upsert_task::look_again(error why, bool may_create) {
  look([self = shared_from_this(), why = std::move(why), may_create](std::vector<record_id> ids) {
    if (!ids.empty()) return self->write(ids.front());
    may_create ? self->create() : self->finish(fail(why));
  });
}

void client::impl::upsert_task::write(record_id found) {
  if (values.empty()) return finish(found);
  call c{model, "write", std::vector{found}, "{}", json_text(json::array({values}))};
  step(std::move(c), [self = shared_from_this(), found](result<json> answer) {
    if (answer) return self->finish(found);
    bool const vanished = answer.error().code == erp_errc::missing;
    if (vanished && !std::exchange(self->begun_again, true)) return self->begin();
    self->finish(fail(answer.error()));
  });
}

void client::impl::upsert_task::finish(result<record_id> outcome) {
  if (!outcome && is_without_answer(outcome.error()))
    outcome.error().retryable = true;  // the next one begins with a look
  if (!outcome) {
    auto const advice = advice_for(outcome.error(), {model, "upsert"}, in->options.user);
    if (!advice.empty() && !is_of_login(outcome.error())) in->tell(log_level::warning, advice);
  }
  auto const owner = std::move(in);
  auto const self = shared_from_this();
  done(std::move(outcome));
  owner->upsert_ended(self);
}

void client::upsert(std::string model, std::string key, std::string values, duration timeout,
                    id_completion done) {
  auto task = std::make_shared<impl::upsert_task>(impl_, std::move(done));
  task->model = std::move(model);
  task->deadline = steady_clock::now() + impl_->limit_of(timeout);
  boost::asio::post(
      impl_->on, [impl = impl_, task, key = std::move(key), values = std::move(values)] {
        auto k = parse_json(key), v = parse_json(values);
        if (!k || !k->is_object() || k->empty() || !v || !v->is_object())
          return task->done(fail(error_kind::invalid,
                                 task->model + ".upsert: it takes a key with a field and values",
                                 false, erp_errc::arguments));
        task->key = std::move(*k);
        task->values = std::move(*v);
        task->id = task->model + '\n' + json_text(task->key);
        impl->start_upsert(task);
      });
}

void client::impl::start_upsert(std::shared_ptr<upsert_task> task) {
  if (upsert_count_ >= options.max_pending)
    return task->done(fail(error_kind::rejected,
                           fmt::format("{}.upsert: {} wait already", task->model, upsert_count_),
                           true, erp_errc::busy));
  ++upsert_count_;
  auto& line = upserts_[task->id];
  line.push_back(task);
  line.size() == 1 ? task->begin() : task->wait_in_line();
}

void client::impl::upsert_ended(std::shared_ptr<upsert_task> const& task) {
  --upsert_count_;
  auto const found = upserts_.find(task->id);
  auto& line = found->second;
  line.erase(std::find(line.begin(), line.end(), task));
  if (line.empty()) {
    upserts_.erase(found);
  } else if (task->begun) {
    line.front()->begin();
  }
}

}  // namespace calluna::erp
