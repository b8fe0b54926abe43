"""The bevoegdheidsverklaringsdienst: may A act for B in service S, now?"""
