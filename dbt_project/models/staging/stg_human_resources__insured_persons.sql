with source as (
    {{ corrected(source('lake', 'human_resources__social_insurance')) }}
),

newest as (
    select *
    from source
    where _period_end = (select max(_period_end) from source)
),

-- Two records of one person and insurance: the one that draws a benefit counts, then the one that is paid into, then the one
-- paid into last; where they still agree the later line.
ranked as (
    select
        *,
        count(*) over (partition by person_key, insurance_type_code) as records_count,
        row_number() over (
            partition by person_key, insurance_type_code
            order by
                case when benefit_status_code = '1' then 0 else 1 end,
                case when payment_status_code = '1' then 0 else 1 end,
                last_paid_month desc nulls last,
                _batch_no desc,
                _row_number desc
        ) as record_rank
    from newest
),

renamed as (
    select
        -- ids
        person_key,
        employer_credit_code,
        -- dates
        last_paid_month,
        unemployment_from_date,
        unemployment_to_date,
        person_birth_date as birth_date,
        -- categories
        insurance_type_code,
        payment_status_code,
        benefit_status_code,
        employment_status_code,
        employer_name,
        person_sex_code as sex_code,
        -- amounts
        base_yuan,
        benefit_yuan,
        basic_pension_yuan,
        -- flags
        has_injury_care,
        records_count > 1 as has_several_records,
        -- provenance
        _period_end,
        _corrections
    from ranked
    where record_rank = 1
)

select * from renamed
