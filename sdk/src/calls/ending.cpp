#include "model_impl.hpp"

#include <algorithm>
#include <utility>

namespace calluna::calls {

void call_model::impl::on(hangup_asked const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr || !ch->is_party()) return;
  auto& l = ch->party();
  if (l.asked_by != asker::nobody) return;
  l.asked_by = f.by_device ? asker::device : asker::pbx;
  l.asked_at = at_;
  l.asked_cause = f.cause;
  if (f.by_device) release(l, *ch->call);
}

void call_model::impl::on(channel_ended const& f) {
  if (f.channel.id.empty()) return;
  auto* const ch = pbx_->find(f.channel.id);
  if (ch == nullptr) {
    // Its beginning may still come.
    ++counters_.stray;
    if (!pbx_->ended.has(f.channel.id)) pbx_->ended.add(f.channel.id);
    return;
  }
  follow_linkedid(*ch, f.channel.linkedid);
  end_channel(*ch, f.cause, f.cause_text, false);
}

void call_model::impl::end_channel(channel& ch, int cause, std::string_view text, bool unseen) {
  if (ch.in != nullptr) leave(ch);
  auto& c = *ch.call;
  if (auto* const e = open_episode(ch)) leave_queue(ch, *e);
  if (ch.is_party()) {
    auto& l = ch.party();
    release(l, c);
    l.ended_at = at_;
    l.stasis.clear();
    l.cause = cause;
    l.cause_text = text;
    l.end = leg_end::unseen;
    if (!unseen || l.asked_by != asker::nobody || l.transferred) l.end = decide_end(c.data, l);
    // What never became a call is no news.
    if (c.data.announced) emit(call_event_kind::left, c, ch.leg);
  } else {
    for (auto& other : c.data.others)
      if (other.channel == ch.id) other.ended = true;
    while (c.data.others.size() > options_.legs_kept && c.data.others.front().ended)
      c.data.others.erase(c.data.others.begin());
  }
  if (auto const* p = open_parking(ch); p != nullptr) end_parking(ch, park_outcome::abandoned);
  if (ch.pair != nullptr) ch.pair->pair = nullptr;
  if (auto const stem = local_stem(ch.name); !stem.empty()) {
    auto const found = pbx_->locals.find(stem);
    if (found != pbx_->locals.end()) {
      if (ch.pair != nullptr) {
        found->second = ch.pair;
      } else if (found->second == &ch) {
        pbx_->locals.erase(found);
      }
    }
  }
  std::erase(c.channels, &ch);
  pbx_->ended.add(ch.id);
  pbx_->channels.erase(pbx_->channels.find(ch.id));
  if (c.channels.empty()) finish(c);
}

void call_model::impl::finish(call_state& c) {
  auto& d = c.data;
  if (told(d.held_since)) {
    d.held_before += at_ - d.held_since;
    d.held_since = {};
  }
  for (auto& r : d.recordings)
    if (!told(r.stopped_at)) r.stopped_at = at_;
  d.stasis.clear();
  announce(c);
  d.ended_at = at_;
  decide(d);
  ++counters_.ended;
  emit(call_event_kind::ended, c);
  for (auto const& linkedid : d.linkedids) pbx_->linkedids.erase(pbx_->linkedids.find(linkedid));
  by_id_.erase(by_id_.find(d.id));
  calls_.erase(c.number);
}

}  // namespace calluna::calls
