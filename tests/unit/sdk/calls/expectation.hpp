#pragma once
#include "recording.hpp"

#include <set>
#include <string>
#include <vector>

namespace calluna::calls::testing {

/// Compares calls with what is written in expected.json: one line for each difference.
class expectation {
 public:
  static std::vector<std::string> differences(ordered const& expected, std::vector<call> calls) {
    expectation all;
    std::sort(calls.begin(), calls.end(),
              [](call const& a, call const& b) { return a.started_at < b.started_at; });
    auto const& list = expected.at("calls");
    if (list.size() != calls.size())
      all.lines_.push_back("calls: " + std::to_string(list.size()) + " expected, " +
                           std::to_string(calls.size()) + " came");
    for (std::size_t i = 0; i < std::min(list.size(), calls.size()); ++i) {
      all.where_ = "call " + std::to_string(i);
      all.judge(list[i], calls[i]);
    }
    return all.lines_;
  }

 private:
  static std::string word(ordered const& j, char const* key) {
    auto const found = j.find(key);
    return found == j.end() || found->is_null() ? std::string() : found->get<std::string>();
  }
  static std::size_t number(ordered const& j, char const* key) {
    return j.contains(key) ? j.at(key).get<std::size_t>() : 0;
  }

  template <class T, class U>
  void same(std::string const& what, T const& expected, U const& came) {
    if (expected == came) return;
    std::ostringstream line;
    line << where_ << ": " << what << ": expected " << expected << ", came " << came;
    lines_.push_back(line.str());
  }

  void within(std::string const& what, ordered const& range, span_of_time came) {
    auto const seconds = std::chrono::duration<double>(came).count();
    if (seconds >= range.at(0).get<double>() - 1e-3 && seconds <= range.at(1).get<double>() + 1e-3)
      return;
    lines_.push_back(where_ + ": " + what + ": expected " + range.dump() + ", came " +
                     std::to_string(seconds));
  }

  void judge(ordered const& e, call const& c) {
    same("direction", word(e, "direction"), to_string(c.direction));
    same("status", word(e, "status"), to_string(c.status));
    same("caller", word(e, "caller"), c.caller);
    if (e.contains("caller_name")) same("caller_name", word(e, "caller_name"), c.caller_name);
    same("dialled", word(e, "dialled"), c.dialed);
    same("answered_by", word(e, "answered_by"), c.answered_by);
    same("hung_up_by", word(e, "hung_up_by"), c.hung_up_by);
    same("picked_up_by", word(e, "picked_up_by"), c.picked_up_by);
    same("conference", word(e, "conference"), c.conference);
    same("click", e.contains("click"), c.click);
    same("holds", number(e, "holds"), c.holds);
    same("digits", number(e, "digits"), c.digits);
    same("recordings", number(e, "recordings"), c.recordings.size());
    std::multiset<std::string> wanted, came;
    for (auto const& one : e.at("participants")) wanted.insert(one.get<std::string>());
    for (auto const& one : c.participants()) came.insert(one);
    same("participants", ::testing::PrintToString(wanted), ::testing::PrintToString(came));
    judge_queue(e, c);
    judge_transfers(e, c);
    judge_parked(e, c);
    judge_legs(e, c);
    auto const t = c.times(c.ended_at);
    auto const& seconds = e.at("seconds");
    auto const part = [&](char const* key, span_of_time value) {
      if (seconds.contains(key)) {
        within(key, seconds.at(key), value);
      } else if (std::string_view(key) != "total" && std::string_view(key) != "ring" &&
                 std::string_view(key) != "talk") {
        same(key, 0, value.count());
      }
    };
    part("ring", t.ring), part("wait", t.wait), part("talk", t.talk), part("hold", t.hold);
    part("parked", t.parked), part("total", t.total);
  }

  void judge_queue(ordered const& e, call const& c) {
    same("queues", e.contains("queue") ? 1u : 0u, c.queues.size());
    if (!e.contains("queue") || c.queues.empty()) return;
    auto const& q = e.at("queue");
    auto const& came = c.queues.front();
    same("queue name", word(q, "name"), came.queue);
    same("queue position", number(q, "position"), came.position);
    same("queue left", word(q, "left"), to_string(came.outcome));
    same("queue agent", word(q, "agent"), came.agent);
    within("queue wait", q.at("wait"), came.left_at - came.entered_at);
  }

  void judge_transfers(ordered const& e, call const& c) {
    auto const count = e.contains("transfers") ? e.at("transfers").size() : 0;
    same("transfers", count, c.transfers.size());
    for (std::size_t i = 0; i < std::min(count, c.transfers.size()); ++i) {
      auto const& t = e.at("transfers")[i];
      auto const& came = c.transfers[i];
      same("transfer kind", word(t, "kind"), std::string(came.attended ? "attended" : "blind"));
      same("transfer by", word(t, "by"), came.by);
      same("transfer to", word(t, "to"), came.to);
      same("transfer reached", word(t, "reached"), came.reached);
    }
  }

  void judge_parked(ordered const& e, call const& c) {
    auto const count = e.contains("parked") ? e.at("parked").size() : 0;
    same("parkings", count, c.parkings.size());
    for (std::size_t i = 0; i < std::min(count, c.parkings.size()); ++i) {
      auto const& p = e.at("parked")[i];
      auto const& came = c.parkings[i];
      same("parked by", word(p, "by"), came.by);
      same("parked lot", word(p, "lot"), came.lot);
      same("parked space", word(p, "space"), came.space);
      same("parked ended", word(p, "ended"), to_string(came.outcome));
      same("parked taken_by", word(p, "taken_by"), came.taken_by);
    }
  }

  void judge_legs(ordered const& e, call const& c) {
    auto const& legs = e.at("legs");
    same("legs", legs.size(), c.legs.size());
    for (std::size_t i = 0; i < std::min(legs.size(), c.legs.size()); ++i) {
      auto const& l = legs[i];
      auto const& came = c.legs[i];
      auto const name = "leg " + std::to_string(i) + ' ';
      same(name + "endpoint", word(l, "endpoint"), came.endpoint);
      same(name + "role", word(l, "role"), to_string(came.role));
      same(name + "end", word(l, "end"), to_string(came.end));
      same(name + "digits", number(l, "digits"), came.digits);
      if (l.contains("rang")) same(name + "rang", l.at("rang").get<bool>(), told(came.rang_at));
      if (l.contains("answered"))
        same(name + "answered", l.at("answered").get<bool>(), told(came.answered_at));
      if (l.contains("talk"))
        within(name + "talk", l.at("talk"), came.left_at() - came.answered_at);
    }
  }

  std::string where_;
  std::vector<std::string> lines_;
};

}  // namespace calluna::calls::testing
