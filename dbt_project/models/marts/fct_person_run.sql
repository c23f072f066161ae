-- The memberships of the primary layer, cut further at birthdays that change the age band and at the ends of a certificate.
with memberships as (
    select * from {{ ref('int_memberships__weekly') }} where is_primary
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

bounds as (
    select
        min(week_end_date) as week_0_end,
        max(week_seq) as last_seq
    from {{ ref('dim_week') }}
),

bands as (
    select * from {{ ref('age_band') }}
),

phases as (
    select 'before' as phase
    union all
    select 'during'
    union all
    select 'after'
),

dated as (
    select
        memberships.*,
        persons.sex_code,
        persons.birth_date,
        coalesce(
            {{ week_of('persons.disability_from_date', 'bounds.week_0_end', 'bounds.last_seq') }}, memberships.to_seq
        ) as disability_from_seq,
        coalesce(
            {{ week_of(add_days('persons.disability_to_date', 1), 'bounds.week_0_end', 'bounds.last_seq') }}, memberships.to_seq
        ) as disability_to_seq
    from memberships
    inner join persons on memberships.person_key = persons.person_key
    cross join bounds
),

-- A certificate may be sent with an end before its start; then nobody is disabled by it, and nobody counts twice.
ordered as (
    select
        dated.*,
        greatest(dated.disability_from_seq, dated.disability_to_seq) as disability_end_seq
    from dated
),

phased as (
    select
        dated.*,
        phases.phase = 'during' as has_disability,
        case phases.phase when 'before' then 0 when 'during' then dated.disability_from_seq else dated.disability_end_seq end
            as phase_from_seq,
        case phases.phase when 'before' then dated.disability_from_seq when 'during' then dated.disability_end_seq else dated.to_seq end
            as phase_to_seq
    from ordered as dated
    cross join phases
),

banded as (
    select
        phased.*,
        coalesce(bands.age_band_code, '') as age_band_code,
        {{ week_of(add_months('phased.birth_date', 'bands.from_age * 12'), 'bounds.week_0_end', 'bounds.last_seq') }}
            as band_from_seq,
        {{ week_of(add_months('phased.birth_date', 'bands.to_age * 12 + 12'), 'bounds.week_0_end', 'bounds.last_seq') }}
            as band_to_seq
    from phased
    cross join bounds
    left join bands on phased.birth_date is not null
),

cut as (
    select
        person_key,
        greatest(from_seq, phase_from_seq, coalesce(band_from_seq, from_seq)) as from_seq,
        least(to_seq, phase_to_seq, coalesce(band_to_seq, to_seq)) as to_seq,
        layer_code,
        household_key,
        town_code,
        village_code,
        urban_rural_code,
        coalesce(sex_code, '') as sex_code,
        age_band_code,
        has_disability
    from banded
),

final as (
    select * from cut where from_seq < to_seq
)

select * from final
