// Queue(): callers wait, agents' phones ring.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace calluna::sim {
namespace {

std::string whole_seconds(span length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(length).count());
}

queue_member* member_of(queue& q, std::string const& interface) {
  for (auto& m : q.members)
    if (m.interface == interface) return &m;
  return nullptr;
}

std::vector<std::pair<std::string, std::string>> member_fields(queue_member const& m,
                                                               char const* membership) {
  return {{"MemberName", m.name},
          {"Interface", m.interface},
          {"StateInterface", m.interface},
          {"Membership", membership},
          {"Penalty", std::to_string(m.penalty)},
          {"CallsTaken", std::to_string(m.calls_taken)},
          {"Paused", m.paused ? "1" : "0"},
          {"PausedReason", m.paused_reason}};
}

}  // namespace

queue& machine::add_queue(queue q) {
  auto name = q.name;
  for (auto& m : q.members)
    if (m.name.empty()) m.name = m.interface;
  return queues_[name] = std::move(q);
}

void machine::queue_tell(std::string kind, queue const& q, channel const* caller,
                         channel const* agent,
                         std::vector<std::pair<std::string, std::string>> fields) {
  event e{event_kind::queue_event, caller, agent};
  e.name = std::move(kind);
  e.fields = {{"Queue", q.name}};
  e.fields.insert(e.fields.end(), fields.begin(), fields.end());
  emit(std::move(e));
}

machine::outcome machine::start_queue(channel& c, std::vector<std::string> const& arguments) {
  auto const at = queues_.find(arguments[0]);
  if (at == queues_.end()) {
    set_variable(c, "QUEUESTATUS", "JOINUNAVAIL");
    return outcome::next;
  }
  auto& q = at->second;
  q.waiting.push_back(c.serial);
  auto& d = dials_[c.serial] = {};
  d.queue = q.name;
  d.since = now();
  end_turn(c);
  auto const count = std::to_string(q.waiting.size());
  queue_tell("QueueCallerJoin", q, &c, nullptr, {{"Position", count}, {"Count", count}});
  start_music(c, "default");
  if (arguments.size() > 4 && !arguments[4].empty())
    later(c, std::chrono::seconds(std::strtol(arguments[4].c_str(), nullptr, 10)),
          [this](channel& up) {
            auto const own = dials_.find(up.serial);
            if (own == dials_.end() || own->second.callee != 0) return;
            auto const name = own->second.queue;
            cancel_legs(up, own->second, "CANCEL", 0);
            queue_leave(up, name);
            dials_.erase(up.serial);
            end_turn(up);
            stop_music(up);
            set_variable(up, "QUEUESTATUS", "TIMEOUT");
            next(up);
          });
  queue_look(q.name);
  return outcome::stays;
}

/// Looks again who may be rung for whom, once this moment's other things are done.
void machine::queue_look(std::string const& name) {
  time_.after(span(0), [this, name] {
    auto const at = queues_.find(name);
    if (at == queues_.end()) return;
    for (auto const serial : std::vector(at->second.waiting))
      if (auto* const c = alive(serial); c != nullptr && !c->ending) queue_ring(*c);
  });
}

/// Rings who is free for one caller.
void machine::queue_ring(channel& caller) {
  auto const at = dials_.find(caller.serial);
  if (at == dials_.end() || at->second.callee != 0 || !at->second.legs.empty() ||
      at->second.not_before > now())
    return;
  auto& q = queues_[at->second.queue];
  std::vector<queue_member*> free;
  for (auto& m : q.members) {
    auto const* e = find_endpoint(m.interface);
    bool const is_local = m.interface.rfind("Local/", 0) == 0;  // has no device that could be busy
    bool const idle = is_local || (e != nullptr && e->device_state == "NOT_INUSE");
    if (m.paused || !idle) continue;
    bool called = false;
    for (auto const& [serial, c] : channels_) called |= c->endpoint == m.interface;
    if (!called) free.push_back(&m);
  }
  if (free.empty()) return;
  if (q.strategy == "leastrecent")
    std::stable_sort(free.begin(), free.end(),
                     [](auto* a, auto* b) { return a->last_call < b->last_call; });
  if (q.strategy == "fewestcalls")
    std::stable_sort(free.begin(), free.end(),
                     [](auto* a, auto* b) { return a->calls_taken < b->calls_taken; });
  if (q.strategy != "ringall") {
    // Whoever did not take this call before comes first.
    auto const tried = at->second.tried;
    std::stable_sort(free.begin(), free.end(), [&](auto* a, auto* b) {
      auto const count = [&](auto* m) {
        return std::count(tried.begin(), tried.end(), m->interface);
      };
      return count(a) < count(b);
    });
    free.resize(1);
  }
  for (auto* const m : free) {
    at->second.tried.push_back(m->interface);
    auto const to = find_target(m->interface);
    if (!to) continue;
    auto rung = *to;
    rung.number = m->interface;
    ring_leg(caller, rung, true, called_by::queue);
  }
  at->second.rung = now();
  auto const round = ++at->second.round;
  later(caller, q.member_timeout, [this, round](channel& up) {
    auto const d = dials_.find(up.serial);
    if (d == dials_.end() || d->second.callee != 0 || d->second.round != round) return;
    auto const& queue = queues_[d->second.queue];
    for (auto const serial : d->second.legs)
      if (auto* const leg = alive(serial)) queue_missed(queue, up, *leg, d->second);
    cancel_legs(up, d->second, "NOANSWER", 0);
    queue_round_is_over(up);
  });
}

void machine::queue_missed(queue const& q, channel& caller, channel& agent, dialing const& d) {
  auto rung = std::chrono::duration_cast<std::chrono::milliseconds>(now() - d.rung).count();
  auto name = agent.endpoint;
  for (auto const& m : q.members)
    if (m.interface == agent.endpoint) name = m.name;
  queue_tell(
      "AgentRingNoAnswer", q, &caller, &agent,
      {{"Interface", agent.endpoint}, {"MemberName", name}, {"RingTime", std::to_string(rung)}});
}

void machine::queue_round_is_over(channel& caller) {
  auto const at = dials_.find(caller.serial);
  if (at == dials_.end() || caller.ending) return;
  auto const& q = queues_[at->second.queue];
  ++at->second.round;
  at->second.not_before = now() + q.retry;
  later(caller, q.retry, [this](channel& up) { queue_ring(up); });
}

void machine::queue_answered(channel& caller, channel& agent) {
  auto& d = dials_[caller.serial];
  auto& q = queues_[d.queue];
  agent.place.exten = caller.place.exten;
  stop_music(caller);
  q.waiting.erase(std::remove(q.waiting.begin(), q.waiting.end(), caller.serial), q.waiting.end());
  queue_tell("QueueCallerLeave", q, &caller, nullptr,
             {{"Position", "1"}, {"Count", std::to_string(q.waiting.size())}});
  d.answered = now();
  auto* const m = member_of(q, agent.endpoint);
  queue_tell("AgentConnect", q, &caller, &agent,
             {{"Interface", agent.endpoint},
              {"MemberName", m == nullptr ? agent.endpoint : m->name},
              {"HoldTime", whole_seconds(now() - d.since)},
              {"RingTime", whole_seconds(now() - d.rung)}});
}

void machine::queue_talk_ends(std::string const& name, channel& caller, channel& agent,
                              std::string const& by) {
  auto& q = queues_[name];
  auto const& d = dials_[caller.serial];
  auto* const m = member_of(q, agent.endpoint);
  if (m != nullptr) {
    ++m->calls_taken;
    m->last_call = now();
  }
  queue_tell("AgentComplete", q, &caller, &agent,
             {{"Interface", agent.endpoint},
              {"MemberName", m == nullptr ? agent.endpoint : m->name},
              {"HoldTime", whole_seconds(d.answered - d.since)},
              {"TalkTime", whole_seconds(now() - d.answered)},
              {"Reason", by}});
  queue_look(name);
}

/// A caller goes without having been answered.
void machine::queue_leave(channel& caller, std::string const& name) {
  auto& q = queues_[name];
  auto const at = std::find(q.waiting.begin(), q.waiting.end(), caller.serial);
  if (at == q.waiting.end()) return;
  auto const position = std::to_string(at - q.waiting.begin() + 1);
  auto const& d = dials_[caller.serial];
  queue_tell("QueueCallerAbandon", q, &caller, nullptr,
             {{"Position", position},
              {"OriginalPosition", position},
              {"HoldTime", whole_seconds(now() - d.since)}});
  q.waiting.erase(at);
  queue_tell("QueueCallerLeave", q, &caller, nullptr,
             {{"Position", position}, {"Count", std::to_string(q.waiting.size())}});
  queue_look(name);
}

result<void> machine::queue_add_member(std::string const& name, queue_member m) {
  auto const at = queues_.find(name);
  if (at == queues_.end()) return fail(error_kind::invalid, "No such queue");
  if (member_of(at->second, m.interface) != nullptr)
    return fail(error_kind::rejected, "Already there");
  if (m.name.empty()) m.name = m.interface;
  at->second.members.push_back(m);
  queue_tell("QueueMemberAdded", at->second, nullptr, nullptr, member_fields(m, "dynamic"));
  queue_look(name);
  return {};
}

result<void> machine::queue_remove_member(std::string const& name, std::string const& interface) {
  auto const at = queues_.find(name);
  if (at == queues_.end()) return fail(error_kind::invalid, "No such queue");
  auto* const m = member_of(at->second, interface);
  if (m == nullptr) return fail(error_kind::invalid, "Not there");
  auto const gone = *m;
  at->second.members.erase(at->second.members.begin() + (m - at->second.members.data()));
  queue_tell("QueueMemberRemoved", at->second, nullptr, nullptr, member_fields(gone, "dynamic"));
  return {};
}

result<void> machine::queue_pause_member(std::string const& name, std::string const& interface,
                                         bool paused, std::string const& reason) {
  bool found = false;
  for (auto& [one, q] : queues_) {
    if (!name.empty() && one != name) continue;
    auto* const m = member_of(q, interface);
    if (m == nullptr) continue;
    found = true;
    m->paused = paused;
    m->paused_reason = reason;
    queue_tell("QueueMemberPause", q, nullptr, nullptr, member_fields(*m, "static"));
    queue_look(one);
  }
  if (!found) return fail(error_kind::invalid, "Interface not found");
  return {};
}

/// A device is free again: perhaps somebody waits for it.
void machine::queues_look(std::string const& endpoint) {
  for (auto& [name, q] : queues_)
    if (!q.waiting.empty() && member_of(q, endpoint) != nullptr) queue_look(name);
}

}  // namespace calluna::sim
