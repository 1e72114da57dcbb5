// ConfBridge(): whoever dials the same name hears the others.
#include <calluna/sim/machine.hpp>

namespace calluna::sim {

bridge* machine::find_conference(std::string_view name) {
  for (auto const& [serial, b] : bridges_)
    if (b->bridge_class == "base" && b->name == name && !b->ended) return b.get();
  return nullptr;
}

machine::outcome machine::start_conference(channel& c, std::string const& name) {
  answer(c);
  end_turn(c);
  auto* b = find_conference(name);
  if (b == nullptr) {
    b = &make_bridge("base");
    b->name = name;
    b->creator = "ConfBridge";
    b->technology = "softmix";
    emit({event_kind::bridge_created, nullptr, nullptr, b});
    tell_conference("ConfbridgeStart", *b, nullptr);
  }
  enter(*b, c);
  tell_conference("ConfbridgeJoin", *b, &c);
  return outcome::stays;
}

/// Whoever leaves is told of before it has left; the last one ends it.
void machine::leaves_conference(channel const& c, bridge& b, bool has_left) {
  if (!has_left) return tell_conference("ConfbridgeLeave", b, &c);
  if (!b.channels.empty() || b.ended) return;
  tell_conference("ConfbridgeEnd", b, nullptr);
  // Not while somebody further out still looks at it.
  b.ended = true;
  time_.after(span(0), [this, serial = b.serial] {
    if (auto const at = bridges_.find(serial); at != bridges_.end()) destroy_bridge(*at->second);
  });
}

void machine::kick(channel& c) {
  auto const* b = find_bridge(c.bridge);
  if (b == nullptr || b->bridge_class != "base") return;
  leave(c);
  later(c, span(0), [this](channel& up) { next(up); });
}

void machine::tell_conference(std::string kind, bridge const& b, channel const* who) {
  event e{event_kind::conference_event, who, nullptr, &b};
  e.name = std::move(kind);
  e.fields = {{"Conference", b.name}};
  if (who != nullptr) {
    e.fields.emplace_back("Admin", "No");
    if (e.name == "ConfbridgeJoin") e.fields.emplace_back("Muted", "No");
  }
  emit(std::move(e));
}

}  // namespace calluna::sim
