"""What every package needs: errors, paths, named random streams, atomic files, words for people."""
