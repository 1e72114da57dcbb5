// Generations of no app: with all that apps have, and no calls of their own.
#include <calluna/runtime/supervisor.hpp>

namespace calluna::runtime {

std::shared_ptr<generation> supervisor::make_guest(app_config settings,
                                                   generation_listener& listener) {
  auto const log = log_.named(settings.name);
  auto made = std::make_shared<generation>(io_, ++last_generation_, std::move(settings), id_prefix_,
                                           pbxs_, shared_, log, router_, switchboard_, listener);
  made->first = true;
  return made;
}

void supervisor::admit(std::shared_ptr<generation> const& guest) {
  router_.add(guest->id(), *guest);
  guest->activate();
}

}  // namespace calluna::runtime
