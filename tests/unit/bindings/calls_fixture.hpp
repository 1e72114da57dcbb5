#pragma once
#include "app_fixture.hpp"
#include "services_fixture.hpp"

#include <calluna/calls/call_model.hpp>
#include <calluna/calls/from_ami.hpp>

namespace calluna::bindings {

/// An app that is told calls as the runtime tells them: made by a call model of its own from AMI
/// events of the test.
class calls_test : public app_test {
 protected:
  calls_test() : model_([this](calls::call_event const& e) { tell(e); }) {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
  }

  /// An AMI event at second `at`: "Event: Newchannel|Uniqueid: a|...".
  void say(double at, std::string text) {
    std::string lines;
    for (char const c : text + "|") {
      if (c == '|')
        lines += "\r\n";
      else
        lines += c;
    }
    now_ = at;
    auto const body = calls::fact_from(ami::message_view(lines));
    ASSERT_TRUE(body) << text;
    model_.apply({0, calls::fact_source::ami, moment_of(at), *body});
    settle();
  }
  static calls::moment moment_of(double at) {
    return calls::moment(calls::span_of_time(static_cast<std::int64_t>((1000 + at) * 1e6)));
  }

  void begin(double at, std::string const& id, std::string const& name, std::string const& number,
             std::string const& linkedid, int state = 4, std::string const& exten = "600") {
    say(at, "Event: Newchannel|Channel: " + name + "|ChannelState: " + std::to_string(state) +
                "|CallerIDNum: " + number + "|Exten: " + exten + "|Uniqueid: " + id +
                "|Linkedid: " + linkedid);
  }
  void dial(double at, std::string const& from, std::string const& to) {
    say(at, "Event: DialBegin|Uniqueid: " + from + "|DestUniqueid: " + to + "|DialString: x");
  }
  void ring(double at, std::string const& id) {
    say(at, "Event: Newstate|ChannelState: 5|Uniqueid: " + id);
  }
  void pick_up(double at, std::string const& id) {
    say(at, "Event: Newstate|ChannelState: 6|Uniqueid: " + id);
  }
  void bridge(double at, std::string const& id, std::string const& bridge) {
    say(at, "Event: BridgeEnter|BridgeUniqueid: " + bridge +
                "|BridgeTechnology: simple_bridge|Uniqueid: " + id);
  }
  void hang_up(double at, std::string const& id) {
    say(at, "Event: Hangup|Cause: 16|Cause-txt: Normal Clearing|Uniqueid: " + id);
  }
  /// Somebody outside calls 600 and PJSIP/101 answers after three seconds.
  void an_answered_call() {
    begin(0, "a", "PJSIP/trunk-01", "+14155550101", "a");
    begin(1, "b", "PJSIP/101-02", "101", "a", 0);
    dial(1, "a", "b");
    ring(1.5, "b");
    pick_up(3, "b");
    pick_up(3, "a");
    bridge(3, "a", "br");
    bridge(3, "b", "br");
  }
  void both_hang_up(double at) {
    hang_up(at, "b");
    hang_up(at, "a");
  }
  /// All calls there are, as a new generation is told.
  void tell_live() {
    auto all = std::make_shared<live_calls>();
    for (auto const* c : model_.calls())
      if (c->announced) all->push_back({0, std::make_shared<calls::call const>(*c)});
    app_->deliver(std::move(all));
    settle();
  }

  void on_calls_wanted(app&) override { ++wanted; }
  void on_click(app&, std::uint32_t click_pbx, std::string const& id, std::string const& to,
                std::vector<std::string> const& channels) override {
    clicks.push_back(std::to_string(click_pbx) + " " + id + " " + to + " " +
                     std::to_string(channels.size()));
    model_.apply({click_pbx, calls::fact_source::ourselves, moment_of(now_),
                  calls::click_begun{id, to, channels}});
  }

  int wanted = 0;
  /// Whether handlers are told.
  bool told = true;
  std::vector<std::string> clicks;

 private:
  void tell(calls::call_event const& e) {
    auto news = std::make_shared<calls::call_news>();
    news->kind = e.kind;
    news->pbx = e.pbx;
    news->at = e.at;
    news->synthetic = e.synthetic;
    if (e.call != nullptr) news->call = std::make_shared<calls::call const>(*e.call);
    news->leg = e.leg;
    news->other = e.other;
    news->from = e.from;
    app_->deliver(0, std::move(news), told);
  }

 protected:
  calls::call_model model_;
  double now_ = 0;
};

}  // namespace calluna::bindings
