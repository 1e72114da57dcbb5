// Sound that is not heard: playbacks, recordings, music, keys.
#include <calluna/sim/machine.hpp>

#include <algorithm>
#include <charconv>

namespace calluna::sim {
namespace {

constexpr auto forever = std::chrono::hours(24 * 365);
constexpr auto key_length = std::chrono::milliseconds(120);

}  // namespace

span machine::length_of(std::string const& media) const {
  auto const colon = media.find(':');
  auto const scheme = media.substr(0, colon);
  auto const what = colon == std::string::npos ? media : media.substr(colon + 1);
  if (scheme == "tone") return forever;
  if (scheme == "number" || scheme == "digits" || scheme == "characters")
    return options_.spoken_digit * static_cast<int>(std::max<std::size_t>(what.size(), 1));
  if (scheme == "recording") {
    auto const at = stored_.find(what);
    if (at != stored_.end()) return span(static_cast<std::int64_t>(at->second.seconds * 1e6));
  }
  if (auto const at = options_.sounds.find(what); at != options_.sounds.end()) return at->second;
  if (what.rfind("silence/", 0) == 0) {
    long seconds = 1;
    std::from_chars(what.data() + 8, what.data() + what.size(), seconds);
    return std::chrono::seconds(seconds);
  }
  return options_.sound;
}

playback* machine::find_playback(std::string_view id) {
  auto const at = playbacks_.find(std::string(id));
  return at == playbacks_.end() ? nullptr : &at->second;
}

result<playback*> machine::play(std::string id, std::string to, std::vector<std::string> media,
                                std::string language) {
  if (id.empty()) id = make_uuid();
  if (playbacks_.count(id) != 0) return fail(error_kind::rejected, "Playback already exists");
  auto& p = playbacks_[id];
  p.id = id;
  p.target = std::move(to);
  p.media = std::move(media);
  if (!language.empty()) p.language = std::move(language);
  // One after the other: it begins when what plays there has ended.
  for (auto const& [other, q] : playbacks_)
    if (other != id && q.target == p.target && q.state != "queued") return &p;
  p.turn = ++serial_;
  time_.after(span(0), [this, id, turn = p.turn] { play_next(id, turn); });
  return &p;
}

void machine::play_next(std::string const& id, std::uint64_t turn) {
  auto* const p = find_playback(id);
  if (p == nullptr || p->turn != turn || p->state == "paused") return;
  if (p->state != "queued" && ++p->at >= p->media.size()) return finish_playback(*p, "done");
  auto const kind =
      p->state == "queued" ? event_kind::playback_started : event_kind::playback_continuing;
  p->state = p->state == "queued" ? "playing" : "continuing";
  event e{kind};
  e.playback = p;
  emit(std::move(e));
  p->state = "playing";
  time_.after(length_of(p->media[p->at]), [this, id, turn] { play_next(id, turn); });
}

void machine::finish_playback(playback& p, std::string const& state) {
  p.state = state;
  event e{event_kind::playback_finished};
  e.playback = &p;
  emit(std::move(e));
  auto const where = p.target;
  playbacks_.erase(std::string(p.id));
  playback* first = nullptr;
  for (auto& [id, q] : playbacks_)
    if (q.target == where && q.state == "queued" && (first == nullptr || q.turn < first->turn))
      first = &q;
  if (first == nullptr) return;
  first->turn = ++serial_;
  time_.after(span(0), [this, id = first->id, turn = first->turn] { play_next(id, turn); });
}

void machine::stop(playback& p) {
  finish_playback(p, "done");
}

void machine::pause(playback& p, bool paused) {
  if (paused == (p.state == "paused")) return;
  p.state = paused ? "paused" : "playing";
  p.turn = ++serial_;
  if (!paused)
    time_.after(length_of(p.media[p.at]),
                [this, id = p.id, turn = p.turn] { play_next(id, turn); });
}

/// Whoever it is played to or recorded from has gone.
void machine::sound_ends(std::string const& where) {
  for (;;) {
    auto at = playbacks_.begin();
    while (at != playbacks_.end() && at->second.target != where) ++at;
    if (at == playbacks_.end()) break;
    auto const p = at->second;
    playbacks_.erase(at);
    if (p.state == "queued") continue;
    auto said = p;
    said.state = "failed";
    event e{event_kind::playback_finished};
    e.playback = &said;
    emit(std::move(e));
  }
  for (;;) {
    auto at = recordings_.begin();
    while (at != recordings_.end() && at->second.target != where) ++at;
    if (at == recordings_.end()) break;
    stop(at->second, true);
  }
}

recording* machine::find_recording(std::string_view name) {
  auto const at = recordings_.find(std::string(name));
  return at == recordings_.end() ? nullptr : &at->second;
}

result<recording*> machine::record(recording r, std::optional<span> at_most) {
  if (recordings_.count(r.name) != 0)
    return fail(error_kind::rejected,
                "Recording '" + r.name + "' already exists and can not be overwritten.");
  auto& made = recordings_[r.name] = std::move(r);
  made.state = "recording";
  made.began = now();
  event e{event_kind::recording_started};
  e.recording = &made;
  emit(std::move(e));
  if (at_most)
    time_.after(*at_most, [this, name = made.name, began = made.began] {
      auto* const one = find_recording(name);
      if (one != nullptr && one->began == began) stop(*one, true);
    });
  return &made;
}

void machine::stop(recording& r, bool keep) {
  auto ended = r;
  recordings_.erase(std::string(r.name));
  ended.state = keep ? "done" : "canceled";
  ended.seconds = std::chrono::duration<double>(now() - ended.began).count();
  if (keep) stored_[ended.name] = {ended.name, ended.format, ended.seconds};
  event e{event_kind::recording_finished};
  e.recording = &ended;
  emit(std::move(e));
}

void machine::start_music(channel& c, std::string const& music_class) {
  if (!c.music.empty()) stop_music(c);
  c.music = music_class.empty() ? "default" : music_class;
  emit({event_kind::music_started, &c, nullptr, nullptr, nullptr, nullptr, c.music});
}

void machine::stop_music(channel& c) {
  if (c.music.empty()) return;
  c.music.clear();
  emit({event_kind::music_stopped, &c});
}

void machine::send_digits(channel& c, std::string digits) {
  press(c, std::move(digits), false, std::chrono::milliseconds(100));
}

void machine::press(channel& c, std::string digits, bool by_device, span gap) {
  if (digits.empty()) return;
  auto const key = digits.substr(0, 1);
  digits.erase(0, 1);
  time_.after(span(0), [this, serial = c.serial, key, digits, by_device, gap] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending) return;
    auto const tell = [this, key](channel* to, event_kind kind, char const* direction) {
      if (to != nullptr)
        emit({kind, to, nullptr, nullptr, nullptr, nullptr, key, direction,
              kind == event_kind::digit_end ? key_length.count() : 0});
    };
    auto const others = [this, by_device](channel const& from) {
      std::vector<std::uint64_t> all;
      auto const* b = find_bridge(from.bridge);
      if (b != nullptr && by_device && b->type != "holding")
        for (auto const s : b->channels)
          if (s != from.serial) all.push_back(s);
      return all;
    };
    char const* const own = by_device ? "Received" : "Sent";
    tell(up, event_kind::digit_begin, own);
    for (auto const s : others(*up)) tell(alive(s), event_kind::digit_begin, "Sent");
    time_.after(key_length, [this, serial, digits, by_device, gap, tell, others, own] {
      auto* const still = alive(serial);
      if (still == nullptr || still->ending) return;
      tell(still, event_kind::digit_end, own);
      for (auto const s : others(*still)) tell(alive(s), event_kind::digit_end, "Sent");
      time_.after(gap, [this, serial, digits, by_device, gap] {
        if (auto* const more = alive(serial)) press(*more, digits, by_device, gap);
      });
    });
  });
}

}  // namespace calluna::sim
