"""The accounts of collectivités on their way to the Trésor public: PES flows, their answers, returns."""
