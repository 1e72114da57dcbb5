#include "replayed_pbx.hpp"

#include "../call_words.hpp"
#include "../read_back.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <set>

namespace calluna::runtime::testing {

namespace asio = boost::asio;
using nlohmann::json;
using std::chrono::milliseconds;

class replayed_pbx::link_of_app final : public bindings::pbx_link {
 public:
  explicit link_of_app(replayed_pbx& pbx) : pbx_(pbx), alive_(pbx.alive_) {}
  std::string const& name() const noexcept override { return pbx_.pbx_.name; }
  bool has_ami() const noexcept override { return pbx_.pbx_.ami; }
  bool has_ari() const noexcept override { return pbx_.pbx_.ari; }
  ami::action_id next_action_id() noexcept override { return ++last_id_; }
  std::string const& action_id_prefix() const noexcept override { return prefix_; }

  void send(ami::encoded_action a, milliseconds,
            unique_function<void(result<ami::response>)> done) override {
    if (pbx_.on_request) pbx_.on_request(a.name);
    later([pbx = &pbx_, a = std::move(a), done = std::move(done)]() mutable {
      pbx->submit(a, std::move(done));
    });
  }
  void send(ari::request r, milliseconds timeout,
            unique_function<void(result<ari::response>)> done) override {
    if (pbx_.on_request) pbx_.on_request(recording::request_line(r));
    later([pbx = &pbx_, r = std::move(r), timeout, done = std::move(done)]() mutable {
      static_cast<staged_pbx*>(pbx)->submit(r, timeout, std::move(done));
    });
  }

 private:
  template <class Send>
  void later(Send send) {
    asio::post(pbx_.with_.loop, [alive = alive_, send = std::move(send)]() mutable {
      if (!alive.expired()) send();
    });
  }
  std::string const prefix_ = "replay-";
  replayed_pbx& pbx_;
  std::weak_ptr<int> alive_;
  ami::action_id last_id_ = 0;
};

replayed_pbx::replayed_pbx(stage_parts const& with,
                           std::shared_ptr<recording::recording const> what,
                           recording::recorded_pbx const& pbx)
    : with_(with), what_(std::move(what)), pbx_(pbx), answers_(*what_, pbx.name) {
  with_.calls.add(number,
                  {pbx_.name,
                   pbx_.ami,
                   [this](read_back_done done) {
                     auto const ask = [this](ami::action const& action, milliseconds,
                                             unique_function<void(result<ami::response>)> then) {
                       list_for_calls(action, std::move(then));
                     };
                     read_back(ask, number, with_.time, logger{}, std::move(done));
                   },
                   [] {},
                   {}});
}

replayed_pbx::~replayed_pbx() {
  with_.calls.leave(*this);
}

std::shared_ptr<bindings::pbx_link> replayed_pbx::link() {
  return std::make_shared<link_of_app>(*this);
}

// -- connections: those of the recording, and the case's own faults

void replayed_pbx::connect() {
  if (std::exchange(connected_, true)) return;
  calls_link(true);
  if (!std::exchange(listening_, true)) with_.calls.want(*this);
}

void replayed_pbx::drop(std::string const& why) {
  if (!std::exchange(connected_, false)) return;
  with_.story->note(why);
  calls_link(false);
}

void replayed_pbx::calls_link(bool up) {
  if (up)
    with_.calls.link_up(number);
  else
    with_.calls.link_down(number, with_.time->wall());
  if (!pbx_.ami) return;
  tell_ami(
      fmt::format("Event: CallunaLink\r\nState: {}\r\nSynthetic: true\r\n", up ? "up" : "down"));
}

void replayed_pbx::tell_link(json const& line) {
  bool const up = line["up"].get<bool>();
  auto const application = line.value("application", "");
  // An application of the runtime's own is how calls are heard where there is no AMI.
  if (application.empty() || (!pbx_.ami && application.ends_with("-calls"))) return calls_link(up);
  auto& known = applications_.try_emplace(application, true).first->second;
  if (!up || std::exchange(known, up)) {
    known = up;
    return;
  }
  // After a gap the runtime looks which channels are left.
  auto const answer = answers_.find("GET channels");
  if (!answer) return;
  auto const list = answers_.ari(*answer);
  if (!list) return;
  std::set<std::string> there;
  for (auto const& channel : json::parse(list->body, nullptr, false))
    if (channel.is_object()) there.insert(channel.value("id", ""));
  for (auto const& id : with_.to.channels_in(number, application))
    if (there.count(id) == 0) with_.to.lost(number, id);
}

// -- what it says

void replayed_pbx::app_has_begun() {
  if (!began_) began_ = with_.time->now();
}

clock::time_point replayed_pbx::due(std::size_t line) const {
  std::chrono::duration<double> const at(what_->lines[line]["at"].get<double>());
  return *began_ + std::chrono::duration_cast<clock::time_point::duration>(at);
}

std::optional<clock::time_point> replayed_pbx::next_due() {
  if (!began_ || next_ == what_->lines.size()) return {};
  return due(next_);
}

std::chrono::nanoseconds replayed_pbx::remaining() const {
  if (what_->lines.empty()) return {};
  std::chrono::duration<double> const all(what_->seconds());
  auto const passed = began_ ? with_.time->now() - *began_ : clock::time_point::duration{};
  return std::max(std::chrono::nanoseconds{},
                  std::chrono::duration_cast<std::chrono::nanoseconds>(all) - passed);
}

void replayed_pbx::settle() {
  if (!began_ || std::exchange(settling_, true)) return;
  while (next_ != what_->lines.size() && due(next_) <= with_.time->now()) tell(next_++);
  settling_ = false;
}

void replayed_pbx::tell(std::size_t index) {
  auto const& line = what_->lines[index];
  auto const [first, last] = awaited_.equal_range(index);
  std::vector<unique_function<void()>> now;
  for (auto at = first; at != last; ++at) now.push_back(std::move(at->second));
  awaited_.erase(first, last);
  for (auto& give : now) give();
  if (line.value("pbx", "") != pbx_.name || !connected_) return;
  ++count_.lines;
  if (line.contains("event")) tell_ami(answers_.ids().translate(line["event"].get<std::string>()));
  if (line.contains("ari")) tell_ari(answers_.ids().translate(line["ari"].dump()));
  if (line.contains("link")) tell_link(line);
}

void replayed_pbx::tell_ami(std::string const& block) {
  auto const text = std::make_shared<std::string const>(block);
  ami::message_view const event(*text);
  ami::event_batch const batch{text, {&event, 1}};
  with_.to.route(number, batch);
  with_.calls.hear(number, batch);
}

void replayed_pbx::tell_ari(std::string const& event) {
  auto const text = std::make_shared<std::string const>(event);
  ari::event_view view;
  if (!ari::scan_event(*text, view)) return;
  ari::event_batch const batch{text, {&view, 1}};
  if (served_.count(view.application) != 0) with_.to.route(number, batch);
  with_.calls.hear(number, batch);
}

bool replayed_pbx::on_call_news(std::shared_ptr<calls::call_news const> const& news) {
  if (news->kind && news->call)
    with_.story->note(fmt::format("call {}: {}", news->call->id, words_for(*news)));
  return false;
}

// -- what is asked of it

void replayed_pbx::when_told(std::size_t line, unique_function<void()> give) {
  if (began_ && line < next_)
    asio::post(with_.loop, std::move(give));
  else
    awaited_.emplace(line, [this, give = std::move(give)]() mutable {
      asio::post(with_.loop, std::move(give));
    });
}

template <class Answer>
void replayed_pbx::answer(std::string const& asked,
                          result<Answer> (recorded_answers::*read)(std::size_t) const,
                          unique_function<void(result<Answer>)> done) {
  auto const line = answers_.find(asked);
  if (!line) {
    ++count_.unanswered;
    auto const what = asked.substr(0, asked.find('\r'));
    with_.story->note(fmt::format("the recording has no answer to: {}", what));
    return asio::post(with_.loop, [what, done = std::move(done)]() mutable {
      done(fail(error_kind::protocol, fmt::format("the recording has no answer to '{}'", what)));
    });
  }
  ++count_.answered;
  when_told(*line, [this, read, line = *line, done = std::move(done)]() mutable {
    done((answers_.*read)(line));
  });
}

void replayed_pbx::submit(ami::encoded_action const& a,
                          unique_function<void(result<ami::response>)> done) {
  answer(recording::action_block(a.bytes), &recorded_answers::ami, std::move(done));
}

void replayed_pbx::submit(ari::request const& r, milliseconds,
                          unique_function<void(result<ari::response>)> done) {
  auto asked = recording::request_line(r);
  if (!r.body.empty()) asked += ' ' + recording::body_value(r.body).dump();
  answer(asked, &recorded_answers::ari, std::move(done));
}

/// The lists by which calls are read back: known before the recording begins to be told. Where it
/// has none, there was nothing.
void replayed_pbx::list_for_calls(ami::action const& what,
                                  unique_function<void(result<ami::response>)> done) {
  auto const line = answers_.find(fmt::format("Action: {}\r\n", what.name()));
  auto list = line ? answers_.ami(*line) : result<ami::response>(ami::response{});
  asio::post(with_.loop,
             [list = std::move(list), done = std::move(done)]() mutable { done(std::move(list)); });
}

// -- who is there

result<json> replayed_pbx::office(std::string_view verb, json const&) {
  return fail(error_kind::invalid,
              fmt::format("'{}': this PBX is a recording, what happens at it has happened "
                          "(pbx:play() lets it go on)",
                          verb));
}

}  // namespace calluna::runtime::testing
