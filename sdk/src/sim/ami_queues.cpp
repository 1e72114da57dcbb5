// AMI's actions on queues.
#include "ami_request.hpp"

#include <fmt/format.h>

namespace calluna::sim {

void ami_talk::queue_status(request const& r) {
  auto& m = front_.machine_;
  list_begins(r, "Queue status will follow");
  std::size_t items = 0;
  auto const id = r.get("ActionID");
  auto const item = [&](ami_block block) {
    if (!id.empty()) block.emplace_back("ActionID", id);
    send(block);
    ++items;
  };
  for (auto const& [name, q] : m.queues()) {
    if (auto const only = r.get("Queue"); !only.empty() && only != name) continue;
    item({{"Event", "QueueParams"},
          {"Queue", name},
          {"Max", "0"},
          {"Strategy", q.strategy},
          {"Calls", std::to_string(q.waiting.size())},
          {"Holdtime", "0"},
          {"TalkTime", "0"},
          {"Completed", "0"},
          {"Abandoned", "0"},
          {"ServiceLevel", "0"},
          {"ServicelevelPerf", "0.0"},
          {"ServicelevelPerf2", "0.0"},
          {"Weight", "0"}});
    for (auto const& one : q.members) {
      auto const* e = m.find_endpoint(one.interface);
      auto const state = e == nullptr ? std::string("UNAVAILABLE") : e->device_state;
      auto const* number = state == "NOT_INUSE"   ? "1"
                           : state == "INUSE"     ? "2"
                           : state == "RINGING"   ? "6"
                           : state == "RINGINUSE" ? "7"
                           : state == "ONHOLD"    ? "8"
                                                  : "5";
      auto const last =
          std::chrono::duration_cast<std::chrono::seconds>(one.last_call.time_since_epoch());
      item({{"Event", "QueueMember"},
            {"Queue", name},
            {"Name", one.name},
            {"Location", one.interface},
            {"StateInterface", one.interface},
            {"Membership", "static"},
            {"Penalty", std::to_string(one.penalty)},
            {"CallsTaken", std::to_string(one.calls_taken)},
            {"LastCall", std::to_string(last.count())},
            {"LastPause", "0"},
            {"LoginTime", "0"},
            {"InCall", state == "INUSE" ? "1" : "0"},
            {"Status", number},
            {"Paused", one.paused ? "1" : "0"},
            {"PausedReason", one.paused_reason},
            {"Wrapuptime", "0"}});
    }
    std::size_t position = 0;
    for (auto const serial : q.waiting) {
      auto const* c = m.alive(serial);
      if (c == nullptr) continue;
      auto const age = std::chrono::duration_cast<std::chrono::seconds>(m.now() - c->created);
      item({{"Event", "QueueEntry"},
            {"Queue", name},
            {"Position", std::to_string(++position)},
            {"Channel", c->name},
            {"Uniqueid", c->id},
            {"CallerIDNum", or_unknown(c->caller.number)},
            {"CallerIDName", or_unknown(c->caller.name)},
            {"ConnectedLineNum", or_unknown(c->connected.number)},
            {"ConnectedLineName", or_unknown(c->connected.name)},
            {"Wait", std::to_string(age.count())},
            {"Priority", "0"}});
    }
  }
  list_ends(r, "QueueStatusComplete", items);
}

void ami_talk::queue_summary(request const& r) {
  list_begins(r, "Queue summary will follow");
  auto const& all = front_.machine_.queues();
  for (auto const& [name, q] : all) {
    ami_block block{{"Event", "QueueSummary"},
                    {"Queue", name},
                    {"LoggedIn", std::to_string(q.members.size())},
                    {"Callers", std::to_string(q.waiting.size())}};
    if (auto const id = r.get("ActionID"); !id.empty()) block.emplace_back("ActionID", id);
    send(block);
  }
  list_ends(r, "QueueSummaryComplete", all.size());
}

void ami_talk::queue_add(request const& r) {
  auto const added = front_.machine_.queue_add_member(
      r.get("Queue"), {r.get("Interface"), r.get("MemberName"),
                       static_cast<int>(r.number("Penalty", 0)), r.get("Paused") == "true"});
  answer(r, added.has_value(),
         added ? "Added interface to queue" : "Unable to add interface: " + added.error().message);
}

void ami_talk::queue_remove(request const& r) {
  auto const done = front_.machine_.queue_remove_member(r.get("Queue"), r.get("Interface"));
  answer(r, done.has_value(),
         done ? "Removed interface from queue"
              : "Unable to remove interface: " + done.error().message);
}

void ami_talk::queue_pause(request const& r) {
  auto const paused = r.get("Paused") == "true" || r.get("Paused") == "1";
  auto const done = front_.machine_.queue_pause_member(r.get("Queue"), r.get("Interface"), paused,
                                                       r.get("Reason"));
  answer(r, done.has_value(),
         done ? fmt::format("Interface {} successfully", paused ? "paused" : "unpaused")
              : "Interface not found");
}

}  // namespace calluna::sim
