#pragma once
#include "../recording/own_ids.hpp"
#include "../recording/recording.hpp"

#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::testing {

/// The requests of one PBX in a recording, and what it answered: found again for an app that asks
/// the same, each once. As long as the recording.
class recorded_answers {
 public:
  recorded_answers(recording::recording const& of, std::string_view pbx);

  /// The line (its index in the recording) which answers `asked`: "POST path?query" with a body,
  /// or an action's block. The first that is the same; else the first that asks the same thing
  /// otherwise (same method and path, same action). Its ids are those of `asked` from now on.
  std::optional<std::size_t> find(std::string const& asked);

  result<ami::response> ami(std::size_t line) const;
  result<ari::response> ari(std::size_t line) const;
  recording::own_ids const& ids() const noexcept { return ids_; }

 private:
  struct entry {
    std::size_t line;
    std::string asked;
    bool used = false;
  };
  template <class Alike>
  entry* first(Alike alike);

  recording::recording const& of_;
  recording::own_ids ids_;
  std::vector<entry> entries_;
};

}  // namespace calluna::runtime::testing
