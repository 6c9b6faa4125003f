"""Why a plan is what it is: the worth of one more, what rejected offers lack, what accepted ones can bear."""
