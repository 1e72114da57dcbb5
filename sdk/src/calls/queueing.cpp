#include "model_impl.hpp"

#include <algorithm>

namespace calluna::calls {

queue_episode* call_model::impl::open_episode(channel const& ch, std::string_view queue) {
  auto& all = ch.call->data.queues;
  auto const found = std::find_if(all.begin(), all.end(), [&](queue_episode const& e) {
    return e.channel == ch.id && !told(e.left_at) && (queue.empty() || e.queue == queue);
  });
  return found == all.end() ? nullptr : &*found;
}

void call_model::impl::on(queue_joined const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr || open_episode(*ch, f.queue) != nullptr) return;
  queue_episode e;
  e.queue = f.queue;
  e.channel = ch->id;
  e.position = f.position;
  e.entered_at = at_;
  ch->call->data.queues.push_back(std::move(e));
  emit(call_event_kind::queued, *ch->call, ch->leg);
}

/// Asterisk says that a caller left, not why. An agent whose phone was just picked up is the first
/// to know; a caller who hung up is the second; else the queue gave the caller back.
void call_model::impl::leave_queue(channel& ch, queue_episode& e) {
  auto const& legs = ch.call->data.legs;
  bool const taken = std::any_of(legs.begin(), legs.end(), [&](leg const& l) {
    return l.role == leg_role::callee && !l.ended() && !l.talked && told(l.answered_at) &&
           l.answered_at >= e.entered_at;
  });
  bool const gave_up = ch.is_party() && ch.party().asked_by != asker::nobody;
  e.left_at = at_;
  e.outcome = taken     ? queue_outcome::answered
              : gave_up ? queue_outcome::abandoned
                        : queue_outcome::timeout;
  emit(call_event_kind::dequeued, *ch.call, ch.leg);
}

void call_model::impl::on(queue_left const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr) return;
  if (auto* const e = open_episode(*ch, f.queue)) leave_queue(*ch, *e);
}

void call_model::impl::on(agent_connected const& f) {
  auto* const ch = known(f.channel);
  auto* const agent = known(f.agent);
  if (ch == nullptr) return;
  auto& all = ch->call->data.queues;
  auto const last = std::find_if(all.rbegin(), all.rend(), [&](queue_episode const& e) {
    return e.channel == ch->id && e.queue == f.queue;
  });
  if (last == all.rend()) return;
  bool const open = !told(last->left_at);
  if (open) last->left_at = at_;
  last->outcome = queue_outcome::answered;
  if (agent != nullptr && agent->is_party()) last->agent = agent->party().endpoint;
  name_agents(*ch->call, hearing(ch));
  if (open) emit(call_event_kind::dequeued, *ch->call, ch->leg);
}

/// Queues ring Local channels, too: the agent is who is heard behind them.
void call_model::impl::name_agents(call_state& c, std::vector<channel*> const& parties) {
  for (auto& e : c.data.queues) {
    if (e.outcome != queue_outcome::answered || !e.agent.empty()) continue;
    bool const there = std::any_of(parties.begin(), parties.end(),
                                   [&](channel* one) { return one->id == e.channel; });
    if (!there) continue;
    for (auto* one : parties)
      if (one->party().role == leg_role::callee) e.agent = one->party().endpoint;
  }
}

}  // namespace calluna::calls
